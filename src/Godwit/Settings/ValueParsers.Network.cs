// Addresses, hosts and domains.

using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Godwit.Mail;

namespace Godwit.Settings;

/// <summary>The value of <c>smtp-listener</c>: every local address in the block, on one port.</summary>
internal sealed record ListenerValue(IPNetwork Addresses, int Port, string Source);

internal static partial class ValueParsers
{
    private static readonly SearchValues<char> _addressLetters = SearchValues.Create("0123456789.");

    /// <summary>Addresses a CIDR in <c>smtp-source-host</c> may stand for: a /24, more is a slip.</summary>
    private const int MaxSourceAddresses = 256;

    public static ValueForm<int> Port { get; } = Integer(0, 65535);

    public static ValueForm<IPAddress> Address { get; } = new("an IP address", TryAddress);

    public static ValueForm<IPNetwork> Cidr { get; } = new("an address or block such as 10/8", TryCidr, v => v.ToString());

    /// <summary>A name server: port 53 when none is given.</summary>
    public static ValueForm<IPEndPoint> NameServer { get; } = new(
        "an IP address, or IP:port", (text, reading, out value) => TryEndPoint(text, 53, reading, out value));

    public static ValueForm<DomainName> Domain { get; } = new(
        "a domain name", (text, reading, out value) => TryDomain(text, 0, reading, out value), v => v.IsEmpty ? "\"\"" : v.Text);

    public static ValueForm<EmailAddress> Email { get; } = new(
        "an e-mail address",
        (text, reading, out value) => EmailAddress.TryParse(text, out value) || reading.Fail($"{Show(text)} is not an e-mail address"));

    /// <summary>A host, or many: <c>mx.example</c>, <c>*.mx.example</c>, <c>[*.]mx.example</c>, <c>*</c>.</summary>
    public static ValueForm<DomainPattern> HostPattern { get; } = new(
        "a host name or pattern such as *.example.com",
        (text, reading, out value) => (DomainPattern.TryParse(text, out value, out _)
                && value.Kind is DomainPatternKind.All or DomainPatternKind.Both or DomainPatternKind.Below or DomainPatternKind.Exact)
            || reading.Fail($"{Show(text)} is not a host name or a pattern such as *.example.com"));

    /// <summary>A domain or pattern, in which macros may stand; they are put in when everything is read.</summary>
    public static ValueForm<string> DomainOrMacro { get; } = new(
        "a domain, a pattern such as *.example.com, or *",
        (text, reading, out value) =>
        {
            value = text;
            return (text.Contains('$', StringComparison.Ordinal) ? !text.Any(char.IsWhiteSpace) : DomainPattern.TryParse(text, out _, out _))
                || reading.Fail($"{Show(text)} is not a domain or a pattern such as *.example.com or [*.]example.com");
        });

    /// <summary>An address, and a port behind it that may be left out; 0 is none.</summary>
    public static ValueForm<IPEndPoint> AddressAndPort { get; } = new(
        "IP or IP:port",
        (text, reading, out value) => TryEndPoint(text, 0, reading, out value),
        v => v.Port == 0 ? v.Address.ToString() : v.ToString());

    /// <summary>A host or address, and a port.</summary>
    public static ValueForm<HostTarget> HostAndPort { get; } = new(
        "host:port",
        (text, reading, out value) =>
        {
            bool read = TryTarget(text, 0, reading, out HostTarget? target)
                && ((target.Port > 0 && !target.LookupMx) || reading.Fail($"{Show(text)} is not host:port"));
            value = target!;
            return read;
        },
        PrintTarget);

    /// <summary>An address on the web.</summary>
    public static ValueForm<Uri> WebAddress { get; } = new(
        "a URL such as https://host/path",
        (text, reading, out value) =>
        {
            value = null!;
            if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("http" or "https") || uri.Host.Length == 0
                || text.Any(char.IsWhiteSpace))
            {
                return reading.Fail($"{Show(text)} is not a URL such as https://host/path");
            }

            // As it is printed and compared: with what may not stand in a URL written as %5C.
            value = new Uri(uri.AbsoluteUri);
            return uri.UserInfo.Length == 0 || reading.Fail("a URL with a user name would show a password; leave it out");
        },
        v => v.AbsoluteUri);

    public static ValueForm<ListenerValue> Listener { get; } = new(
        "IP:port, and source=NAME if needed", TryListener, v => $"{v.Addresses}:{v.Port}{(v.Source.Length > 0 ? $" source={v.Source}" : "")}");

    public static ValueForm<IReadOnlyList<SourceHost>> SourceHosts { get; } = new(
        "an address or block, and a host name", TrySourceHosts, v => $"{PrintBlock(v)} {v[0].HostName}");

    public static ValueForm<IReadOnlyList<HostLevel>> HostLevels { get; } = new(
        "hosts, a comma between equals, a semicolon between levels", TryHostLevels, v => Quoting.Quote(string.Join(';', v.Select(PrintLevel))));

    /// <summary>Reads an address or block in its long or short form: <c>0/0</c>, <c>10/8</c>, <c>173.194/16</c>, <c>::1</c>.</summary>
    public static bool TryNetwork(ReadOnlySpan<char> text, out IPNetwork network)
    {
        network = default;
        int slash = text.IndexOf('/');
        ReadOnlySpan<char> head = slash < 0 ? text : text[..slash];
        bool shortened = slash >= 0 && !head.Contains(':') && head.Count('.') < 3;
        if (!head.Contains(':') && !HasPlainOctets(head))
        {
            return false;
        }

        if (!IPAddress.TryParse(shortened ? $"{head}{string.Concat(Enumerable.Repeat(".0", 3 - head.Count('.')))}" : head, out IPAddress? address)
            || address.ScopeId() != 0 || (!head.Contains(':') && !shortened && head.Count('.') != 3))
        {
            return false;
        }

        int most = address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        int length = most;
        if (slash >= 0 && (!int.TryParse(text[(slash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out length) || length > most))
        {
            return false;
        }

        network = new IPNetwork(Mask(address, length), length);
        return true;
    }

    /// <summary>Decimal only: the system would read 010 as eight.</summary>
    private static bool HasPlainOctets(ReadOnlySpan<char> text)
    {
        foreach (Range range in text.Split('.'))
        {
            ReadOnlySpan<char> octet = text[range];
            if (octet.IsEmpty || octet.Length > 3 || octet.ContainsAnyExceptInRange('0', '9') || octet is ['0', _, ..])
            {
                return false;
            }
        }

        return true;
    }

    private static long ScopeId(this IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6 ? address.ScopeId : 0;

    /// <summary>Host bits are cleared: <c>10.1.2.3/8</c> means 10.0.0.0/8.</summary>
    private static IPAddress Mask(IPAddress address, int length)
    {
        Span<byte> octets = stackalloc byte[16];
        address.TryWriteBytes(octets, out int count);
        for (int i = 0; i < count; i++)
        {
            int bits = Math.Clamp(length - i * 8, 0, 8);
            octets[i] &= (byte)(0xff00 >> bits);
        }

        return new IPAddress(octets[..count]);
    }

    private static bool TryAddress(string text, ValueReading reading, out IPAddress value)
    {
        value = null!;
        if (!TryNetwork(text, out IPNetwork network) || text.Contains('/', StringComparison.Ordinal))
        {
            return reading.Fail($"{Show(text)} is not an IP address");
        }

        value = network.BaseAddress;
        return true;
    }

    private static bool TryCidr(string text, ValueReading reading, out IPNetwork value) =>
        TryNetwork(text, out value) || reading.Fail($"{Show(text)} is not an address or block such as 10.1.0.0/16 or 10/8");

    private static bool TryDomain(string text, int offset, ValueReading reading, out DomainName value) =>
        DomainName.TryParse(text, out value) || reading.Fail($"{Show(text)} is not a domain name", offset);

    private static bool TryEndPoint(string text, int port, ValueReading reading, out IPEndPoint value)
    {
        value = null!;
        bool split = SplitPort(text, port, out string host, out int given);
        if (!split || (given == 0 && port != 0) || !TryNetwork(host, out IPNetwork network) || host.Contains('/',
            StringComparison.Ordinal))
        {
            return reading.Fail($"{Show(text)} is not an IP address, or an IP address and a port");
        }

        value = new IPEndPoint(network.BaseAddress, given);
        return true;
    }

    /// <summary>Takes a port off: <c>host:port</c>, <c>[v6]:port</c>. A bare IPv6 address has none.</summary>
    private static bool SplitPort(string text, int otherwise, out string host, out int port)
    {
        port = otherwise;
        host = text;
        int close = text.StartsWith('[') ? text.IndexOf(']', StringComparison.Ordinal) : -1;
        int colon = text.LastIndexOf(':');
        if (close > 0)
        {
            host = text[1..close];
            host = host.StartsWith("IPv6:", StringComparison.OrdinalIgnoreCase) ? host[5..] : host;
            return close == text.Length - 1 || (colon == close + 1 && TryPortNumber(text[(colon + 1)..], out port));
        }

        if (colon < 0 || text.IndexOf(':', StringComparison.Ordinal) != colon)
        {
            return text.Length > 0;
        }

        host = text[..colon];
        return colon > 0 && TryPortNumber(text[(colon + 1)..], out port);
    }

    private static bool TryPortNumber(string text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port <= 65535;

    private static bool TryListener(string text, ValueReading reading, out ListenerValue value)
    {
        value = null!;
        string[] words = text.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0)
        {
            return reading.Fail("IP:port is missing");
        }

        // The port is behind the last colon; 0/0:25 and ::/0:25 have slashes before it.
        int colon = words[0].LastIndexOf(':');
        string block = colon < 0 ? "" : words[0][..colon];
        if (block is ['[', .., ']'])
        {
            block = block[1..^1];
        }

        if (colon < 0 || !TryPortNumber(words[0][(colon + 1)..], out int port) || !TryNetwork(block, out IPNetwork network))
        {
            return reading.Fail($"{Show(words[0])} is not IP:port, such as 0.0.0.0:25");
        }

        string source = "";
        foreach (string word in words.AsSpan(1))
        {
            if (!word.StartsWith("source=", StringComparison.OrdinalIgnoreCase) || word.Length == 7 || source.Length > 0)
            {
                return reading.Fail($"{Show(word)} is not source=NAME", text.IndexOf(word, words[0].Length, StringComparison.Ordinal));
            }

            source = word[7..];
        }

        value = new ListenerValue(network, port, source);
        return true;
    }

    private static bool TrySourceHosts(string text, ValueReading reading, out IReadOnlyList<SourceHost> value)
    {
        value = null!;
        string[] words = text.Split([' ', '\t', ','], StringSplitOptions.RemoveEmptyEntries);
        if (words.Length != 2)
        {
            return reading.Fail("takes an address and a host name");
        }

        if (!TryNetwork(words[0], out IPNetwork network))
        {
            return reading.Fail($"{Show(words[0])} is not an address or block such as 192.0.2.0/28");
        }

        int offset = text.IndexOf(words[1], words[0].Length, StringComparison.Ordinal);
        if (!TryDomain(words[1], offset, reading, out DomainName name))
        {
            return false;
        }

        int bits = (network.BaseAddress.AddressFamily == AddressFamily.InterNetwork ? 32 : 128) - network.PrefixLength;
        if (bits > 8)
        {
            return reading.Fail($"{Show(words[0])} stands for more than {MaxSourceAddresses} addresses");
        }

        byte[] octets = network.BaseAddress.GetAddressBytes();
        var hosts = new List<SourceHost>(1 << bits);
        for (int i = 0; i < 1 << bits; i++)
        {
            byte[] next = [.. octets];
            next[^1] += (byte)i;
            hosts.Add(new SourceHost(new IPAddress(next), name.Text));
        }

        value = hosts;
        return true;
    }

    /// <summary>The block that the addresses fill.</summary>
    private static IPNetwork PrintBlock(IReadOnlyList<SourceHost> hosts)
    {
        IPAddress first = hosts[0].Address!;
        return new IPNetwork(first, first.GetAddressBytes().Length * 8 - int.Log2(hosts.Count));
    }

    private static bool TryHostLevels(string text, ValueReading reading, out IReadOnlyList<HostLevel> value)
    {
        var levels = new List<HostLevel>();
        value = levels;
        int start = 0;
        foreach (string level in text.Split(';'))
        {
            var hosts = new List<HostTarget>();
            foreach (ValueWord item in Quoting.SplitItems(level, ','))
            {
                if (!TryTarget(item.Text, start + item.Locate(0), reading, out HostTarget? target))
                {
                    return false;
                }

                hosts.Add(target);
            }

            levels.Add(new HostLevel(hosts));
            start += level.Length + 1;
        }

        return true;
    }

    private static bool TryTarget(string item, int offset, ValueReading reading, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out HostTarget? target)
    {
        const string LookupMx = "lookup-mx:";
        target = null;
        bool lookup = item.StartsWith(LookupMx, StringComparison.OrdinalIgnoreCase);
        string rest = lookup ? item[LookupMx.Length..].TrimStart() : item;
        if (rest.Length == 0)
        {
            return reading.Fail(lookup ? $"{Show(item)} names no domain to look up" : "a host is missing", offset);
        }

        if (!SplitPort(rest, 0, out string host, out int port) || (port == 0 && rest.EndsWith(":0", StringComparison.Ordinal) && host != rest))
        {
            return reading.Fail($"{Show(item)} is not a host, or a host and a port", offset);
        }

        bool literal = TryNetwork(host, out IPNetwork network) && !host.Contains('/', StringComparison.Ordinal);
        if (literal && !lookup)
        {
            target = new HostTarget(default, network.BaseAddress, port, LookupMx: false);
            return true;
        }

        // An all-numeric name is a mistyped address, never a host (RFC 3696 section 2).
        if (literal || rest is ['[', ..] || host.Length == 0 || !host.AsSpan().ContainsAnyExcept(_addressLetters) || !DomainName.TryParse(host,
            out DomainName name))
        {
            return reading.Fail(lookup ? $"{Show(item)} names no domain to look up" : $"{Show(item)} is neither a host name nor an IP address", offset);
        }

        target = new HostTarget(name, null, port, lookup);
        return true;
    }

    private static string PrintLevel(HostLevel level) => string.Join(',', level.Hosts.Select(PrintTarget));

    private static string PrintTarget(HostTarget target)
    {
        string host = target.Address is null ? target.Name.Text
            : target.Address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[IPv6:{target.Address}]" : $"[{target.Address}]";
        return $"{(target.LookupMx ? "lookup-mx:" : "")}{host}{(target.Port == 0 ? "" : $":{target.Port}")}";
    }
}
