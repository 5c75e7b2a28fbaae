// The same report for programs.

using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Godwit.Settings;

public static partial class ConfigReport
{
    /// <summary>A line may be a whole file of another system.</summary>
    private const int MaxText = 1000;

    /// <summary>Brackets and quotes stay readable: the text goes to a terminal or a file, never into a page.</summary>
    private static readonly JsonWriterOptions _plain = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>One JSON object: whether the configuration can be used, every problem with its place, and what becomes of the lines.</summary>
    public static string Json(ConfigLoad load)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, _plain))
        {
            json.WriteStartObject();
            json.WriteBoolean("usable", load.Settings is not null);
            json.WriteStartArray("problems");
            var sources = new Dictionary<string, SourceLines>();
            foreach (ConfigProblem problem in load.Problems)
            {
                WriteProblem(json, problem, SourceOf(load, problem, sources));
            }

            json.WriteEndArray();
            WriteTally(json, load.Tally);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static void WriteProblem(Utf8JsonWriter json, ConfigProblem problem, SourceLines? source)
    {
        json.WriteStartObject();
        json.WriteString("file", problem.File);
        json.WriteNumber("line", problem.Line);
        json.WriteNumber("column", problem.Column);
        json.WriteString("severity", problem.SeverityWord);
        json.WriteString("message", problem.Message);
        if (source is not null)
        {
            string line = source.Line(problem.Line, problem.Column, out _);
            json.WriteString("text", line[..Math.Min(line.Length, MaxText)]);
        }

        json.WriteEndObject();
    }

    private static void WriteTally(Utf8JsonWriter json, DirectiveTally tally)
    {
        json.WriteNumber("inEffect", tally.InEffect);
        json.WriteStartArray("withoutEffect");
        foreach ((string name, string reason) in tally.WithoutEffect)
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteString("reason", reason);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteNames(json, "notYet", tally.NotYetNames);
        WriteNames(json, "unknown", tally.UnknownNames);
    }

    private static void WriteNames(Utf8JsonWriter json, string property, IEnumerable<string> names)
    {
        json.WriteStartArray(property);
        foreach (string name in names)
        {
            json.WriteStringValue(name);
        }

        json.WriteEndArray();
    }
}
