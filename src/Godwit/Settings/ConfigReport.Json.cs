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
        WritePlace(json, problem.At);
        json.WriteString("severity", problem.SeverityWord);
        json.WriteString("message", problem.Message);
        if (source is not null)
        {
            string line = source.Line(problem.Line, problem.Column, out _);
            json.WriteString("text", line[..Math.Min(line.Length, MaxText)]);
        }

        if (problem.Also.Count > 0)
        {
            json.WriteStartArray("also");
            foreach (ConfigPlace place in problem.Also)
            {
                json.WriteStartObject();
                WritePlace(json, place);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void WriteTally(Utf8JsonWriter json, DirectiveTally tally)
    {
        json.WriteNumber("inEffect", tally.InEffect);
        WriteReasons(json, "withoutEffect", tally.WithoutEffect);
        WriteReasons(json, "notYet", tally.NotYetNames);
        json.WriteStartArray("unknown");
        foreach (string name in tally.UnknownNames)
        {
            json.WriteStringValue(name);
        }

        json.WriteEndArray();
    }

    private static void WriteReasons(Utf8JsonWriter json, string property, IReadOnlyDictionary<string, string> reasons)
    {
        json.WriteStartArray(property);
        foreach ((string name, string reason) in reasons)
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteString("reason", reason);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WritePlace(Utf8JsonWriter json, ConfigPlace place)
    {
        json.WriteString("file", place.File);
        json.WriteNumber("line", place.Line);
        json.WriteNumber("column", place.Column);
    }
}
