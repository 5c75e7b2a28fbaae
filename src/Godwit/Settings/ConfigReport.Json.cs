// The same report for programs.

using System.Text;
using System.Text.Json;

namespace Godwit.Settings;

public static partial class ConfigReport
{
    /// <summary>One JSON object: whether the configuration can be used, and every problem with its place.</summary>
    public static string Json(ConfigLoad load)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteBoolean("usable", load.Settings is not null);
            json.WriteStartArray("problems");
            foreach (ConfigProblem problem in load.Problems)
            {
                json.WriteStartObject();
                json.WriteString("file", problem.File);
                json.WriteNumber("line", problem.Line);
                json.WriteNumber("column", problem.Column);
                json.WriteString("severity", problem.Severity == ConfigSeverity.Error ? "error" : "warning");
                json.WriteString("message", problem.Message);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
