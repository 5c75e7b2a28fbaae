// What one line of the log looks like: for people, or as a JSON object (log-format json). Either way one event is one line, whatever a peer has said.

using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Godwit.Diagnostics;

/// <summary>Forms lines. Pure.</summary>
internal static class LogLineForm
{
    /// <summary>Characters of one line's text: a stack trace fits, a hostile reply does not fill the disk.</summary>
    public const int MaxText = 8000;

    /// <summary>Characters of one value beside the text; what is cut here stands in the text.</summary>
    private const int MaxValue = 1000;

    private static readonly JsonWriterOptions _relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The message on one line: line ends become visible, other control characters too.</summary>
    public static string Clean(string message, Exception? exception)
    {
        string text = exception is null ? message : $"{message}: {exception}";
        var line = new StringBuilder(Math.Min(text.Length, MaxText) + 8);
        foreach (char c in text.AsSpan(0, Math.Min(text.Length, MaxText)))
        {
            _ = c switch
            {
                '\n' => line.Append(" | "),
                '\r' => line,
                '\t' => line.Append('\t'),
                _ => char.IsControl(c) ? line.Append($"\\x{(int)c:x2}") : line.Append(c),
            };
        }

        return text.Length > MaxText ? line.Append("...").ToString() : line.ToString();
    }

    /// <summary><c>2026-01-02 03:04:05.123 WARN text</c>, in local time.</summary>
    /// <param name="text">Clean.</param>
    public static string Plain(DateTimeOffset now, LogLevel level, string text) =>
        $"{now.ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture)} {Word(level)} {text}";

    /// <summary>One JSON object: time (RFC 3339 with offset), level, kind (the name of the line), text, and the values in it by their names.</summary>
    /// <param name="text">Clean.</param>
    /// <param name="values">What the line was made of; may be null.</param>
    public static string Json(DateTimeOffset now, LogLevel level, string text, EventId kind, IReadOnlyList<KeyValuePair<string, object?>>? values)
    {
        var octets = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(octets, _relaxed))
        {
            json.WriteStartObject();
            json.WriteString("time"u8, now.ToString("yyyy-MM-dd'T'HH:mm:ss.fffzzz", CultureInfo.InvariantCulture));
            json.WriteString("level"u8, Word(level));
            if (kind.Name is { Length: > 0 } name)
            {
                json.WriteString("kind"u8, name);
            }

            json.WriteString("text"u8, text);
            if (values is not null)
            {
                WriteValues(json, values);
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(octets.WrittenSpan);
    }

    /// <summary>INFO, WARN and so on.</summary>
    public static string Word(LogLevel level) => level switch
    {
        LogLevel.Critical => "FATAL",
        LogLevel.Error => "ERROR",
        LogLevel.Warning => "WARN",
        LogLevel.Information => "INFO",
        LogLevel.Debug => "DEBUG",
        _ => "TRACE",
    };

    private static void WriteValues(Utf8JsonWriter json, IReadOnlyList<KeyValuePair<string, object?>> values)
    {
        bool begun = false;
        foreach ((string name, object? value) in values)
        {
            if (name.StartsWith('{'))
            {
                continue; // The sentence before its values stand in it.
            }

            if (!begun)
            {
                json.WriteStartObject("values"u8);
                begun = true;
            }

            if (value is long or int)
            {
                json.WriteNumber(name, Convert.ToInt64(value, CultureInfo.InvariantCulture));
                continue;
            }

            string text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
            json.WriteString(name, text.Length > MaxValue ? text.AsSpan(0, MaxValue) : text);
        }

        if (begun)
        {
            json.WriteEndObject();
        }
    }
}
