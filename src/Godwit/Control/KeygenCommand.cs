// "godwitd --keygen DOMAIN SELECTOR ...": makes a DKIM key, writes the private half into a new file, and prints what to publish and what to configure.
// Exit codes: 0 done, 1 the file cannot be written, 2 wrong usage. An existing file is never touched: it may be the key that mail is signed with.

using System.Security.Cryptography;
using System.Text;
using Godwit.Dkim;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Control;

/// <summary>The command.</summary>
internal static class KeygenCommand
{
    public const string Usage = """
        usage: godwit keygen DOMAIN SELECTOR [--ed25519] [--bits N] [--file FILE]
                 DOMAIN SELECTOR      the key signs for DOMAIN and what is below it; its record is SELECTOR._domainkey.DOMAIN
                 --ed25519            an Ed25519 key (RFC 8463), to stand beside an RSA key; without it, an RSA key
                 --bits N             the length of an RSA key, 1024 to 4096 (2048)
                 --file FILE          where the private key goes (SELECTOR.DOMAIN.pem); a file that exists is left alone
                 --json, --xml, --dom say it for a program
        """;

    /// <summary>RFC 1035 section 3.3: one string of a TXT record.</summary>
    private const int MaxString = 255;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public static int Run(IReadOnlyList<string> words, TextWriter output, TextWriter error)
    {
        if (!TryParse(words, out Order order, out string fault))
        {
            error.WriteLine($"godwit keygen: {fault}");
            error.WriteLine(Usage);
            return 2;
        }

        NewKey key;
        try
        {
            key = order.Ed25519 ? NewKey.Ed25519() : NewKey.Rsa(order.Bits);
        }
        catch (Exception refused) when (refused is CryptographicException or DllNotFoundException or EntryPointNotFoundException)
        {
            error.WriteLine("godwit keygen: Ed25519 keys need OpenSSL's libcrypto, 1.1.1 or 3, on this machine");
            return 1;
        }

        if (TryWrite(order.File, key.Pem) is { } trouble)
        {
            error.WriteLine($"godwit keygen: {trouble}");
            return 1;
        }

        output.WriteLine(Encoding.UTF8.GetString(new Report(order, key).Write(order.Format).Span).TrimEnd('\n'));
        return 0;
    }

    private static bool TryParse(IReadOnlyList<string> words, out Order order, out string fault)
    {
        var names = new List<string>();
        bool ed25519 = false;
        ReportFormat format = ReportFormat.Text;
        string bits = "";
        string file = "";
        order = default!;
        for (int i = 0; i < words.Count; i++)
        {
            (string option, string value) = Split(words[i]);
            if (option is "--bits" or "--file" && value.Length == 0 && i + 1 < words.Count)
            {
                value = words[++i];
            }

            switch (option)
            {
                case "--ed25519":
                    ed25519 = true;
                    break;
                case "--json" or "--xml" or "--dom":
                    _ = ReportFormats.TryParse(option[2..], ReportFormat.Text, out format);
                    break;
                case "--bits":
                    bits = value.Length > 0 ? value : "?";
                    break;
                case "--file":
                    file = value;
                    break;
                case ['-', ..]:
                    fault = $"does not know {option}";
                    return false;
                default:
                    names.Add(words[i]);
                    break;
            }
        }

        int length = NewKey.UsualBits;
        fault = names.Count != 2 ? "takes a domain and a selector"
            : !DomainName.TryParse(names[0], out DomainName domain) || domain.IsLiteral ? $"\"{names[0]}\" is no domain such as example.com"
            : !DkimRules.IsSelector(names[1]) ? $"\"{names[1]}\" is no selector such as s1: letters, digits and hyphens"
            : bits.Length > 0 && ed25519 ? "--bits is for RSA keys; an Ed25519 key has always 256"
            : bits.Length > 0 && (!int.TryParse(bits, out length) || length is < DkimRules.MinRsaBits or > NewKey.MaxBits || length % 8 != 0)
                ? $"--bits takes a number from {DkimRules.MinRsaBits} to {NewKey.MaxBits}, a multiple of 8"
            : $"{names[1]}._domainkey.{domain.Text}".Length > DomainName.MaxLength ? "the name of the record is longer than DNS allows"
            : "";
        if (fault.Length > 0)
        {
            return false;
        }

        string name = DomainName.Parse(names[0]).Text;
        order = new Order(name, names[1], ed25519, length, Path.GetFullPath(file.Length > 0 ? file : $"{names[1]}.{name}.pem"), format);
        return true;
    }

    private static (string Option, string Value) Split(string word) =>
        word.StartsWith("--", StringComparison.Ordinal) && word.IndexOf('=', StringComparison.Ordinal) is > 0 and var at
            ? (word[..at], word[(at + 1)..])
            : (word, "");

    private static string? TryWrite(string file, string pem)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        FileStream stream;
        try
        {
            stream = new FileStream(file, options);
        }
        catch (IOException) when (File.Exists(file))
        {
            return $"{file} exists; it may be a key in use, so it is left as it is";
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return $"{file} cannot be written: {refused.Message}";
        }

        try
        {
            using (stream)
            {
                stream.Write(Encoding.ASCII.GetBytes(pem + "\n"));
                stream.Flush(flushToDisk: true);
            }

            return null;
        }
        catch (IOException failed)
        {
            // The file is ours, and half a key is none.
            return $"{file} cannot be written: {failed.Message}{Remove(file)}";
        }
    }

    /// <summary>Empty, or what is left to be done.</summary>
    private static string Remove(string file)
    {
        try
        {
            File.Delete(file);
            return "";
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            return $" It holds half a key now and cannot be removed: {failed.Message}";
        }
    }

    /// <param name="File">An absolute path.</param>
    private sealed record Order(string Domain, string Selector, bool Ed25519, int Bits, string File, ReportFormat Format)
    {
        public string RecordName => $"{Selector}._domainkey.{Domain}";

        /// <summary>As the configuration wants it: a path with a blank or the like in quotes.</summary>
        public string Directive =>
            $"domain-key {Selector}, {Domain}, {(IsPlain ? File : Quoting.Quote(File))}";

        private bool IsPlain => File.All(static c => char.IsAsciiLetterOrDigit(c) || c is '/' or '.' or '-' or '_');
    }

    /// <summary>What to publish and what to configure.</summary>
    private sealed class Report(Order order, NewKey key) : OperatorReport
    {
        public override ReportGroup ToTree() => new()
        {
            { "file", order.File },
            { "name", order.RecordName },
            { "record", key.Record },
            { "configuration", order.Directive },
        };

        public override void WriteText(StringBuilder text) => text.Append(
            $"""
            The private key is in {order.File}; only its owner may read it, and the server must be able to.

            1. Publish in DNS:

            {order.RecordName}. IN TXT ( {string.Join("\n    ", Strings(key.Record))} )

            2. When it is there, add to the configuration:

            {order.Directive}

            Mail is signed where the recipients' <domain> says "dkim-sign yes"; <domain *> is all mail.

            "godwit check dkim {order.Domain}" compares the two.
            """).Append('\n');

        private static IEnumerable<string> Strings(string record) => record.Chunk(MaxString).Select(part => $"\"{new string(part)}\"");
    }
}
