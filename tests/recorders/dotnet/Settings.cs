using System.Text.Json.Nodes;

namespace Recorders;

public static class Settings
{
    public static TimeSpan Duration(JsonNode value)
    {
        var text = (string)value!;
        return text.EndsWith("ms") && long.TryParse(text[..^2], out var milliseconds)
            ? TimeSpan.FromMilliseconds(milliseconds)
            : throw new ArgumentException($"not a duration such as \"1500ms\": {text}");
    }
}
