// The certificate that the configuration of a server on this machine names for its management port. Whoever may read that file need not be told whom to trust:
// a peer that shows the same certificate and has its key is that server. No more of the configuration is understood here than the lines that lead to it.

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Godwit.Cli;

/// <summary>Reads configurations for one purpose. One use.</summary>
internal sealed class OwnCertificate
{
    /// <summary>As deep as the server follows them.</summary>
    private const int MaxDepth = 16;

    private const int MaxFiles = 1000;

    /// <summary>Larger files are no configuration that a person waits for.</summary>
    private const int MostOctets = 32 * 1024 * 1024;

    private int _files;

    /// <summary>Blocks that are open: a listener may have a certificate of its own.</summary>
    private int _blocks;

    private string _https = "";
    private string _smtp = "";

    /// <summary>A file that would have been wanted and may not be read; empty when there was none.</summary>
    public string Locked { get; private set; } = "";

    /// <summary>Whether some configuration names a file with this certificate.</summary>
    public bool Is(X509Certificate2 shown, IEnumerable<string> configurations)
    {
        foreach (string configuration in configurations.Where(File.Exists))
        {
            (_https, _smtp, _blocks) = ("", "", 0);
            Read(Path.GetFullPath(configuration), Path.GetDirectoryName(Path.GetFullPath(configuration))!, 0);
            string file = _https.Length > 0 ? _https : _smtp;
            if (file.Length > 0 && Certificates(file).Any(own => own.RawDataMemory.Span.SequenceEqual(shown.RawDataMemory.Span)))
            {
                return true;
            }
        }

        return false;
    }

    /// <param name="folder">Of the configuration: paths are relative to it, in files that it includes too.</param>
    private void Read(string path, string folder, int depth)
    {
        if (depth > MaxDepth || ++_files > MaxFiles || Text(path) is not { } text)
        {
            return;
        }

        foreach (string line in text.Split('\n'))
        {
            string said = line.TrimStart('\uFEFF').Split('#')[0].Trim();
            if (said is ['<', ..])
            {
                _blocks += said is [_, '/', ..] ? -1 : said.EndsWith("/>", StringComparison.Ordinal) ? 0 : 1;
                continue;
            }

            string[] words = said.Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (words.Length == 2)
            {
                Take(words[0].ToLowerInvariant(), words[1], folder, depth);
            }
        }
    }

    private void Take(string name, string value, string folder, int depth)
    {
        switch (name)
        {
            case "include":
                foreach (string included in Included(Path.GetFullPath(First(value, whole: true), folder)))
                {
                    Read(included, folder, depth + 1);
                }

                break;
            case "http-tls-certificate":
                _https = Path.GetFullPath(First(value, whole: false), folder);
                break;
            case "smtp-server-tls-certificate" when _blocks == 0:
                _smtp = Path.GetFullPath(First(value, whole: false), folder);
                break;
        }
    }

    private IEnumerable<string> Included(string path)
    {
        string pattern = Path.GetFileName(path);
        string folder = Path.GetDirectoryName(path) ?? "/";
        if (!pattern.AsSpan().ContainsAny('*', '?'))
        {
            return [path];
        }

        try
        {
            return [.. Directory.EnumerateFiles(folder, pattern).Order(StringComparer.Ordinal)];
        }
        catch (UnauthorizedAccessException)
        {
            Locked = folder;
            return [];
        }
        catch (IOException)
        {
            return [];
        }
    }

    /// <summary>What stands in quotes, or up to the first blank, or all.</summary>
    private static string First(string value, bool whole) =>
        value is ['"', ..] && value.IndexOf('"', 1) is > 1 and var end ? value[1..end]
        : whole ? value : value.Split([' ', '\t'], 2)[0];

    private X509Certificate2Collection Certificates(string file)
    {
        var all = new X509Certificate2Collection();
        try
        {
            all.ImportFromPem(Text(file) ?? "");
        }
        catch (CryptographicException)
        {
            all.Clear();
        }

        return all;
    }

    private string? Text(string path)
    {
        try
        {
            return new FileInfo(path).Length <= MostOctets ? File.ReadAllText(path) : null;
        }
        catch (UnauthorizedAccessException)
        {
            Locked = path;
            return null;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
