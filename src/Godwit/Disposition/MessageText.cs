// Lines of a message that we write ourselves. Every line ends in CRLF, none is longer than SMTP allows, none carries a control character:
// what peers said and what senders named stands here, and must not be able to begin a line of its own.

using System.Text;

namespace Godwit.Disposition;

/// <summary>Collects lines and fields. Not thread safe.</summary>
internal sealed class MessageText
{
    /// <summary>RFC 5322 section 2.1.1 asks for 78; a word that is longer stays whole up to <see cref="MaxWord"/>.</summary>
    private const int FoldAt = 76;

    /// <summary>Characters; three octets each stay below the 998 of RFC 5322 section 2.1.1.</summary>
    private const int MaxWord = 300;

    /// <summary>Where a character is one octet: an address in seven bits may be as long, and a blank inside would make it another one.</summary>
    private const int MaxAsciiWord = 900;

    private readonly MemoryStream _octets = new();

    public byte[] ToArray() => _octets.ToArray();

    public MessageText Line(string text = "")
    {
        _octets.Write(Encoding.UTF8.GetBytes(Clean(text, utf8: true)));
        _octets.Write("\r\n"u8);
        return this;
    }

    public MessageText Raw(ReadOnlySpan<byte> octets)
    {
        _octets.Write(octets);
        return this;
    }

    /// <summary>A header field, folded at blanks. Without <paramref name="utf8"/>, what is not ASCII becomes a question mark.</summary>
    public MessageText Field(string name, string value, bool utf8 = false)
    {
        Fold($"{name}: {Clean(value, utf8)}", name.Length + 2, utf8 ? MaxWord : MaxAsciiWord);
        return this;
    }

    /// <summary>A paragraph, broken at blanks, each line behind <paramref name="indent"/>.</summary>
    public MessageText Paragraph(string indent, string text)
    {
        string rest = Clean(text, utf8: true);
        while (rest.Length > 0)
        {
            int cut = CutAt(rest, FoldAt - indent.Length, least: 1, MaxWord);
            Line(indent + rest[..cut].TrimEnd());
            rest = rest[cut..].TrimStart();
        }

        return this;
    }

    private void Fold(string line, int least, int longest)
    {
        while (line.Length > FoldAt)
        {
            int cut = CutAt(line, FoldAt, least, longest);
            if (cut == line.Length)
            {
                break;
            }

            Line(line[..cut].TrimEnd());
            line = " " + line[cut..].TrimStart();
            least = 1;
        }

        if (!string.IsNullOrWhiteSpace(line))
        {
            Line(line);
        }
    }

    /// <summary>Where to break: the last blank that fits, else the next one, else at the longest word allowed.</summary>
    private static int CutAt(string text, int width, int least, int longest)
    {
        if (text.Length <= width)
        {
            return text.Length;
        }

        int cut = text.LastIndexOf(' ', width);
        if (cut <= least)
        {
            cut = text.IndexOf(' ', width);
        }

        cut = cut < 0 ? text.Length : cut;
        if (cut <= longest)
        {
            return cut;
        }

        return char.IsHighSurrogate(text[longest - 1]) ? longest - 1 : longest;
    }

    private static string Clean(string text, bool utf8)
    {
        if (!NeedsCleaning(text, utf8))
        {
            return text;
        }

        return string.Create(text.Length, (text, utf8), static (target, source) =>
        {
            for (int i = 0; i < target.Length; i++)
            {
                char c = source.text[i];
                target[i] = char.IsControl(c) ? ' ' : c > '~' && !source.utf8 ? '?' : c;
            }
        });
    }

    private static bool NeedsCleaning(string text, bool utf8)
    {
        foreach (char c in text)
        {
            if (char.IsControl(c) || (c > '~' && !utf8))
            {
                return true;
            }
        }

        return false;
    }
}
