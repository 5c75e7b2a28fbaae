// The file of http-webhook-extra-headers: a header field in each line, empty lines and lines that begin with # left out. Its values are secrets as likely
// as not, so no message repeats one.

namespace Godwit.Export;

/// <summary>Reads header fields for requests. Pure.</summary>
internal static class HookFields
{
    /// <summary>More is a file named by mistake.</summary>
    private const int MaxFields = 100;

    private static readonly string[] _ours =
    [
        "Host", "Content-Length", "Content-Encoding", "Transfer-Encoding", "Connection", "Expect", "Upgrade", "Trailer", "TE", HookTarget.BatchField,
    ];

    /// <exception cref="ExportException">A line is no header field, or one that only we can set.</exception>
    public static IReadOnlyList<KeyValuePair<string, string>> Read(string path, string text)
    {
        var fields = new List<KeyValuePair<string, string>>();
        int number = 0;
        foreach (string raw in text.Split('\n'))
        {
            number++;
            string line = raw.Trim();
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            int colon = line.IndexOf(':', StringComparison.Ordinal);
            string name = colon > 0 ? line[..colon].TrimEnd() : "";
            string value = colon > 0 ? line[(colon + 1)..].Trim() : "";
            if (name.Length == 0 || !name.All(IsToken))
            {
                throw new ExportException($"{path}:{number}: a header field is expected, such as Authorization: Bearer TOKEN");
            }

            if (value.Any(c => c is < ' ' or > '~') || value.Length == 0)
            {
                throw new ExportException($"{path}:{number}: the value of {name} must be printable ASCII");
            }

            if (_ours.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                throw new ExportException($"{path}:{number}: {name} is set by the server; take it out");
            }

            fields.Add(new(name, value));
        }

        return fields.Count <= MaxFields ? fields : throw new ExportException($"{path}: more than {MaxFields} header fields");
    }

    /// <summary>RFC 9110 section 5.6.2.</summary>
    private static bool IsToken(char c) => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal);
}
