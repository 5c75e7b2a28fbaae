// Lines of comma separated values (RFC 4180) on their way to a file: UTF-8 octets in one array that is reused from commit to commit.
// Owned by one AccountingFile and used by its committer alone. A field never holds a control character: CR and LF would break the line for the
// many parsers that read line by line, and NUL marks space that a crash left unwritten.

using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;
using Godwit.Foundation;

namespace Godwit.Accounting;

/// <summary>Collects CSV lines. Not thread safe.</summary>
internal sealed class CsvBuffer
{
    /// <summary>Characters of one field; a longer one is cut. A reply of a hundred lines still fits.</summary>
    public const int MaxField = 8192;

    /// <summary>The array is given back above this size: one huge group must not pin its memory.</summary>
    private const int KeptCapacity = 1024 * 1024;

    private const string Controls =
        "\0\u0001\u0002\u0003\u0004\u0005\u0006\a\b\t\n\v\f\r\u000e\u000f"
        + "\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f\u007f";

    private static readonly SearchValues<char> _special = SearchValues.Create(Controls + ",\"");
    private static readonly SearchValues<char> _quoted = SearchValues.Create(",\"");

    private byte[] _octets = new byte[16 * 1024];
    private bool _inLine;

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Octets => _octets.AsMemory(0, Length);

    public void Clear()
    {
        Length = 0;
        _inLine = false;
        if (_octets.Length > KeptCapacity)
        {
            _octets = new byte[KeptCapacity];
        }
    }

    public void Empty() => Separate(0);

    public void Field(ReadOnlySpan<char> text)
    {
        if (text.Length > MaxField)
        {
            text = text[..MaxField];
        }

        // Three octets for a UTF-16 unit is UTF-8's worst case, and more than a doubled quote.
        Separate(text.Length * 3 + 2);
        if (text.ContainsAny(_special))
        {
            WriteSpecial(text);
            return;
        }

        Write(text);
    }

    public void Number(long value)
    {
        Separate(20);
        value.TryFormat(_octets.AsSpan(Length), out int written, default, CultureInfo.InvariantCulture);
        Length += written;
    }

    public void Address(IPAddress? address)
    {
        Separate(64);
        if (address is not null)
        {
            address.TryFormat(_octets.AsSpan(Length), out int written);
            Length += written;
        }
    }

    /// <param name="iso"><c>2019-02-08 21:54:05+0000</c>, else seconds since 1970.</param>
    public void Time(Instant time, bool iso)
    {
        if (!iso)
        {
            Number(time.UnixMilliseconds / 1000);
            return;
        }

        Separate(32);
        time.ToUtc().TryFormat(_octets.AsSpan(Length), out int written, "u", CultureInfo.InvariantCulture);
        Length += written - 1; // "u" ends in Z, accounting says the same as an offset.
        "+0000"u8.CopyTo(_octets.AsSpan(Length));
        Length += 5;
    }

    public void EndLine()
    {
        Reserve(2);
        "\r\n"u8.CopyTo(_octets.AsSpan(Length));
        Length += 2;
        _inLine = false;
    }

    private void WriteSpecial(ReadOnlySpan<char> text)
    {
        bool quote = text.ContainsAny(_quoted);
        if (quote)
        {
            _octets[Length++] = (byte)'"';
        }

        while (!text.IsEmpty)
        {
            int plain = text.IndexOfAny(_special);
            Write(plain < 0 ? text : text[..plain]);
            if (plain < 0)
            {
                break;
            }

            char c = text[plain];
            _octets[Length++] = c is ',' or '"' ? (byte)c : (byte)' ';
            if (c == '"')
            {
                _octets[Length++] = (byte)'"';
            }

            text = text[(plain + 1)..];
        }

        if (quote)
        {
            _octets[Length++] = (byte)'"';
        }
    }

    private void Write(ReadOnlySpan<char> text) => Length += Encoding.UTF8.GetBytes(text, _octets.AsSpan(Length));

    /// <summary>The comma before every field but the first, and room for the field.</summary>
    private void Separate(int room)
    {
        Reserve(room + 1);
        if (_inLine)
        {
            _octets[Length++] = (byte)',';
        }

        _inLine = true;
    }

    private void Reserve(int room)
    {
        if (_octets.Length - Length < room)
        {
            Array.Resize(ref _octets, Math.Max(_octets.Length * 2, Length + room));
        }
    }
}
