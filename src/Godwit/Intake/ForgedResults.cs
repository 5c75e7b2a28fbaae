// Authentication-Results fields that a message came with in our own name: nobody but us may write those, so they go (RFC 8601 section 5). Static.

using System.Buffers;
using System.Text;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Intake;

/// <summary>Recognises them.</summary>
internal static class ForgedResults
{
    private static readonly SearchValues<byte> _ends = SearchValues.Create(" \t\r\n;("u8);

    /// <summary>Whether a field of that name says that one of our hosts wrote it.</summary>
    public static bool IsOurs(HeaderBlock header, HeaderField field, ServerSettings server)
    {
        if (!header.IsNamed(field, "authentication-results"u8))
        {
            return false;
        }

        string author = Author(header.Value(field)).TrimEnd('.');
        if (author.Equals(server.HostName, StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        foreach (DomainName name in server.HostNames)
        {
            if (author.Equals(name.Text, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The authserv-id: the first word, behind comments and folds, in quotes perhaps.</summary>
    private static string Author(ReadOnlySpan<byte> value)
    {
        int depth = 0;
        for (int at = 0; at < value.Length; at++)
        {
            switch (value[at])
            {
                case (byte)'\\':
                    at++;
                    break;
                case (byte)'(':
                    depth++;
                    break;
                case (byte)')':
                    depth--;
                    break;
                case (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n':
                    break;
                default:
                    if (depth <= 0)
                    {
                        return Word(value[at..]);
                    }

                    break;
            }
        }

        return "";
    }

    private static string Word(ReadOnlySpan<byte> rest)
    {
        bool quoted = rest[0] == '"';
        ReadOnlySpan<byte> word = quoted ? rest[1..] : rest;
        int end = quoted ? word.IndexOf((byte)'"') : word.IndexOfAny(_ends);
        return Encoding.Latin1.GetString(end < 0 ? word : word[..end]).Replace("\\", "", StringComparison.Ordinal);
    }
}
