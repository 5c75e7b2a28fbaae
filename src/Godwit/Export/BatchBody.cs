// What is posted: the records as CSV with their header line, or as a JSON array with one object a record, whose members are the columns in their order and
// whose values are the texts that CSV has, empty ones included. Made anew for each try from the staged octets, so the same octets give the same body.

using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Godwit.Export;

/// <summary>One body and what went into it.</summary>
/// <param name="Octets">As posted, but for compression.</param>
/// <param name="Used">Staged octets that are in it: whole lines.</param>
/// <param name="Records">Lines.</param>
internal readonly record struct BatchBody(ReadOnlyMemory<byte> Octets, int Used, int Records)
{
    /// <summary>As it is usual in JSON: only what must be escaped is.</summary>
    private static readonly JsonWriterOptions _relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Takes as many lines as fit, but one at least.</summary>
    /// <param name="header">The header line of the file they stand in.</param>
    /// <param name="lines">Whole lines.</param>
    /// <param name="most">Octets that the body may have.</param>
    public static BatchBody Of(ReadOnlySpan<byte> header, ReadOnlySpan<byte> lines, bool isJson, long most) =>
        isJson ? Json(header, lines, most) : Csv(header, lines, most);

    private static BatchBody Csv(ReadOnlySpan<byte> header, ReadOnlySpan<byte> lines, long most)
    {
        int used = 0;
        int records = 0;
        while (used < lines.Length)
        {
            int next = used + LineLength(lines[used..]);
            if (records > 0 && header.Length + next > most)
            {
                break;
            }

            used = next;
            records++;
        }

        var body = new byte[header.Length + used];
        header.CopyTo(body);
        lines[..used].CopyTo(body.AsSpan(header.Length));
        return new BatchBody(body, used, records);
    }

    private static BatchBody Json(ReadOnlySpan<byte> header, ReadOnlySpan<byte> lines, long most)
    {
        JsonEncodedText[] columns = ColumnsOf(header);
        var body = new ArrayBufferWriter<byte>(Math.Max(256, lines.Length * 2));
        var one = new ArrayBufferWriter<byte>(2048);
        byte[] space = new byte[lines.Length];
        int used = 0;
        int records = 0;
        body.Write("["u8);
        while (used < lines.Length)
        {
            int length = LineLength(lines[used..]);
            one.ResetWrittenCount();
            WriteObject(one, columns, lines.Slice(used, length), space);
            if (records > 0 && body.WrittenCount + one.WrittenCount + 4 > most)
            {
                break;
            }

            body.Write(records > 0 ? ",\n"u8 : "\n"u8);
            body.Write(one.WrittenSpan);
            used += length;
            records++;
        }

        body.Write("\n]\n"u8);
        return new BatchBody(body.WrittenMemory, used, records);
    }

    private static JsonEncodedText[] ColumnsOf(ReadOnlySpan<byte> header)
    {
        var columns = new List<JsonEncodedText>();
        byte[] space = new byte[header.Length];
        var fields = new CsvFields(header);
        while (fields.TryNext(space, out ReadOnlySpan<byte> name))
        {
            columns.Add(JsonEncodedText.Encode(name));
        }

        return [.. columns];
    }

    private static void WriteObject(ArrayBufferWriter<byte> to, JsonEncodedText[] columns, ReadOnlySpan<byte> line, byte[] space)
    {
        using var json = new Utf8JsonWriter(to, _relaxed);
        json.WriteStartObject();
        var fields = new CsvFields(line);
        for (int i = 0; i < columns.Length && fields.TryNext(space, out ReadOnlySpan<byte> value); i++)
        {
            json.WriteString(columns[i], value);
        }

        json.WriteEndObject();
    }

    private static int LineLength(ReadOnlySpan<byte> lines)
    {
        int end = lines.IndexOf((byte)'\n');
        return end < 0 ? lines.Length : end + 1;
    }
}
