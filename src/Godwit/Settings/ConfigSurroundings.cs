// What a configuration takes from the machine it is loaded on: files, the host's name, its addresses and name servers.
// The seam for tests: InMemory gives a machine that exists nowhere.

using System.IO.Enumeration;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text;
using Godwit.Foundation;

namespace Godwit.Settings;

/// <summary>The openings through which a load sees the machine.</summary>
public sealed record ConfigSurroundings
{
    /// <summary>An operator's file with a million lines fits; a log named by mistake does not fill the memory.</summary>
    private const long MaxFileBytes = 128L * 1024 * 1024;

    /// <summary>Of what does not know its length, pipes and devices: what a program writes for us fits, /dev/zero ends soon.</summary>
    private const int MaxStreamBytes = 32 * 1024 * 1024;

    /// <summary>Reads a whole file as UTF-8. Throws <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>.</summary>
    public required Func<string, string> Read { get; init; }

    /// <summary>Existing files for an absolute path whose segments may hold <c>*</c> and <c>?</c>, sorted by name.</summary>
    public required Func<string, IReadOnlyList<string>> Match { get; init; }

    /// <summary>The system's own name.</summary>
    public required Func<string> HostName { get; init; }

    /// <summary>The system's resolvers; may be empty.</summary>
    public required Func<IReadOnlyList<IPEndPoint>> NameServers { get; init; }

    /// <summary>The addresses of the system's interfaces.</summary>
    public required Func<IReadOnlyList<IPAddress>> LocalAddresses { get; init; }

    /// <summary>Who may read and write a file; null when it is not there or the system has no such modes. Without this, nothing is known.</summary>
    public Func<string, UnixFileMode?> Mode { get; init; } = static _ => null;

    /// <summary>How the directory at an absolute path stands. Without this, every directory is as it should be.</summary>
    public Func<string, DirectoryState> Look { get; init; } = static _ => DirectoryState.Usable;

    /// <summary>How the program at an absolute path stands. Without this, every program is as it should be.</summary>
    public Func<string, ProgramState> LookAtProgram { get; init; } = static _ => ProgramState.Usable;

    /// <summary>
    /// The columns that records of a type, by its short name, can fill; none means that nothing is known of the type. Settings are read without knowing
    /// what is written by them, so whoever starts the server hands this in.
    /// </summary>
    public Func<string, IReadOnlyList<string>> AccountingFields { get; init; } = static _ => [];

    /// <summary>The machine's clock: certificates run out.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The configuration is for another machine: what this one lacks is not told.</summary>
    public bool IsForeign { get; init; }

    /// <summary>The machine this process runs on.</summary>
    public static ConfigSurroundings Machine { get; } = new()
    {
        Read = ReadFile,
        Match = MatchFiles,
        HostName = System.Net.Dns.GetHostName,
        NameServers = ReadResolvConf,
        LocalAddresses = ReadInterfaces,
        Mode = ReadMode,
        Look = DirectoryProbe.Look,
        LookAtProgram = ProgramProbe.Look,
    };

    /// <summary>A machine made of texts: <paramref name="files"/> maps absolute paths to contents.</summary>
    public static ConfigSurroundings InMemory(IReadOnlyDictionary<string, string> files) => new()
    {
        Read = path => files.TryGetValue(path, out string? text) ? text : throw new FileNotFoundException("no such file"),
        Match = pattern => [.. files.Keys.Where(path => MatchesPath(pattern, path)).Order(StringComparer.Ordinal)],
        HostName = () => "mta.example.net",
        NameServers = () => [new IPEndPoint(IPAddress.Loopback, 53)],
        LocalAddresses = () => _inventedAddresses,
    };

    /// <summary>Loopback, and the first half of the block that RFC 5737 keeps for examples.</summary>
    private static readonly IReadOnlyList<IPAddress> _inventedAddresses =
        [IPAddress.Loopback, .. Enumerable.Range(1, 127).Select(i => IPAddress.Parse($"192.0.2.{i}"))];

    private static string ReadFile(string path)
    {
        if (Directory.Exists(path))
        {
            throw new IOException("it is a directory; name a file in it");
        }

        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        long length = file.CanSeek ? file.Length : 0;
        if (length > MaxFileBytes)
        {
            throw new IOException($"the file is larger than {MaxFileBytes / (1024 * 1024)} MiB");
        }

        using Stream whole = length > 0 ? file : ReadStream(file);
        using var reader = new StreamReader(whole, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), detectEncodingFromByteOrderMarks: true);

        // Straight into a string as long as the file, which is right for ASCII: a large text in pieces would cost the collector more than all its lines do.
        int read = 0;
        string text = string.Create((int)whole.Length, reader, (characters, from) => read = from.ReadBlock(characters));
        string rest = reader.ReadToEnd();
        return read == text.Length && rest.Length == 0 ? text : string.Concat(text.AsSpan(0, read), rest);
    }

    /// <summary>What a pipe or a device gives until it ends.</summary>
    private static MemoryStream ReadStream(FileStream file)
    {
        var whole = new MemoryStream();
        byte[] part = new byte[64 * 1024];
        for (int count = file.Read(part); count > 0; count = file.Read(part))
        {
            if (whole.Length + count > MaxStreamBytes)
            {
                throw new IOException($"it is no ordinary file and does not end within {MaxStreamBytes / (1024 * 1024)} MiB");
            }

            whole.Write(part, 0, count);
        }

        whole.Position = 0;
        return whole;
    }

    private static UnixFileMode? ReadMode(string path)
    {
        try
        {
            return OperatingSystem.IsWindows() || !File.Exists(path) ? null : File.GetUnixFileMode(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Who may not ask cannot be told; the server itself will say what it cannot read.
            return null;
        }
    }

    private static List<string> MatchFiles(string pattern)
    {
        List<string> found = [Path.GetPathRoot(pattern) ?? "/"];
        string[] segments = pattern.Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (int i = 0; i < segments.Length; i++)
        {
            found = Descend(found, segments[i], last: i == segments.Length - 1);
        }

        return found;
    }

    private static List<string> Descend(List<string> folders, string segment, bool last)
    {
        var next = new List<string>();
        foreach (string folder in folders)
        {
            if (!segment.AsSpan().ContainsAny('*', '?'))
            {
                next.Add(Path.Combine(folder, segment));
            }
            else if (Directory.Exists(folder))
            {
                IEnumerable<string> entries = last ? Directory.EnumerateFiles(folder) : Directory.EnumerateDirectories(folder);
                next.AddRange(entries.Where(entry => MatchesName(segment, Path.GetFileName(entry))).Order(StringComparer.Ordinal));
            }
        }

        return last ? next.FindAll(File.Exists) : next;
    }

    private static bool MatchesPath(string pattern, string path)
    {
        string[] wanted = pattern.Split('/');
        string[] have = path.Split('/');
        return wanted.Length == have.Length && wanted.Zip(have).All(pair => MatchesName(pair.First, pair.Second));
    }

    /// <summary>As in a shell: a leading dot must be written out, so editors' swap files are not taken in.</summary>
    private static bool MatchesName(string pattern, string name) =>
        pattern == name || ((name is not ['.', ..] || pattern is ['.', ..]) && FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false));

    private static List<IPEndPoint> ReadResolvConf()
    {
        var servers = new List<IPEndPoint>();
        if (!File.Exists("/etc/resolv.conf"))
        {
            return servers;
        }

        foreach (string line in File.ReadLines("/etc/resolv.conf"))
        {
            string[] words = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (words is ["nameserver", string address, ..] && IPAddress.TryParse(address, out IPAddress? server))
            {
                servers.Add(new IPEndPoint(server, 53));
            }
        }

        return servers;
    }

    private static IReadOnlyList<IPAddress> ReadInterfaces()
    {
        try
        {
            return [.. NetworkInterface.GetAllNetworkInterfaces()
                .SelectMany(i => i.GetIPProperties().UnicastAddresses)
                .Select(a => a.Address)
                .Where(a => a.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6)];
        }
        catch (NetworkInformationException)
        {
            // A container may forbid the question; then only addresses that are written out can be listened on.
            return [IPAddress.Loopback, IPAddress.IPv6Loopback];
        }
    }
}
