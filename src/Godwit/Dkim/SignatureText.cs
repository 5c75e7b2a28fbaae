// Writes the DKIM-Signature field: tags in a fixed order, folded into lines of less than 79 characters (RFC 6376 section 3.5).
// Owned by one signature; not thread safe.

using System.Globalization;
using System.Text;

namespace Godwit.Dkim;

/// <summary>Builds one signature field.</summary>
internal sealed class SignatureText
{
    /// <summary>RFC 5322 section 2.1.1 asks for 78 at most.</summary>
    private const int LineLength = 76;

    private readonly StringBuilder _text = new();
    private int _column;

    public SignatureText(string fieldName)
    {
        _text.Append(fieldName).Append(':');
        _column = _text.Length;
    }

    /// <summary>Adds <c>name=value;</c> on this line if it fits, else on the next.</summary>
    public void Tag(string name, string value)
    {
        if (_column + name.Length + value.Length + 3 > LineLength)
        {
            Fold();
        }
        else
        {
            Append(" ");
        }

        Append(name);
        Append("=");
        Append(value);
        Append(";");
    }

    public void Tag(string name, long value) => Tag(name, value.ToString(CultureInfo.InvariantCulture));

    /// <summary>Adds a list between colons, which may be folded at each.</summary>
    public void List(string name, List<string> values)
    {
        Fold();
        Append(name);
        Append("=");
        bool first = true;
        foreach (string value in values)
        {
            if (!first)
            {
                Append(":");
                if (_column + value.Length + 1 > LineLength)
                {
                    Fold();
                }
            }

            first = false;
            Append(value);
        }

        Append(";");
    }

    /// <summary>The field up to <c>b=</c>, which it ends with: what is hashed.</summary>
    public string Unsigned()
    {
        Fold();
        Append("b=");
        return _text.ToString();
    }

    /// <summary>The whole field with its line end.</summary>
    /// <param name="signature">Base64; blanks in it do not count (section 3.2).</param>
    public byte[] Signed(string signature)
    {
        for (int at = 0; at < signature.Length;)
        {
            int length = Math.Min(signature.Length - at, LineLength - _column);
            Append(signature.Substring(at, length));
            at += length;
            if (at < signature.Length)
            {
                Fold();
            }
        }

        _text.Append("\r\n");
        return Encoding.ASCII.GetBytes(_text.ToString());
    }

    /// <summary>A value in dkim-quoted-printable (section 2.11), for <c>i=</c>.</summary>
    public static string Quoted(string value)
    {
        if (!value.AsSpan().ContainsAnyExceptInRange('!', '~') && !value.AsSpan().ContainsAny('=', ';'))
        {
            return value;
        }

        var quoted = new StringBuilder();
        foreach (byte octet in Encoding.UTF8.GetBytes(value))
        {
            if (octet is > 0x20 and < 0x7f and not (byte)'=' and not (byte)';')
            {
                quoted.Append((char)octet);
            }
            else
            {
                quoted.Append(CultureInfo.InvariantCulture, $"={octet:X2}");
            }
        }

        return quoted.ToString();
    }

    private void Fold()
    {
        _text.Append("\r\n\t");
        _column = 8;
    }

    private void Append(string text)
    {
        _text.Append(text);
        _column += text.Length;
    }
}
