// A strict reader of RFC 4180, written from the RFC and not from the writer.

using System.Text;

namespace Godwit.Tests.Accounting;

internal static class Csv
{
    public static List<string[]> Parse(string text)
    {
        var lines = new List<string[]>();
        int at = 0;
        while (at < text.Length)
        {
            var fields = new List<string>();
            while (true)
            {
                fields.Add(Field(text, ref at));
                if (at < text.Length && text[at] == ',')
                {
                    at++;
                    continue;
                }

                if (at + 1 < text.Length && text[at] == '\r' && text[at + 1] == '\n')
                {
                    at += 2;
                    break;
                }

                throw new FormatException($"a field ends neither in a comma nor in CRLF at {at}");
            }

            lines.Add([.. fields]);
        }

        return lines;
    }

    private static string Field(string text, ref int at)
    {
        var field = new StringBuilder();
        if (at < text.Length && text[at] == '"')
        {
            for (at++; ; at++)
            {
                if (text[at] != '"')
                {
                    field.Append(text[at]);
                }
                else if (at + 1 < text.Length && text[at + 1] == '"')
                {
                    field.Append('"');
                    at++;
                }
                else
                {
                    at++;
                    return field.ToString();
                }
            }
        }

        while (at < text.Length && text[at] is not (',' or '\r' or '\n'))
        {
            Assert.NotEqual('"', text[at]);
            field.Append(text[at++]);
        }

        return field.ToString();
    }
}
