// The file of whoever types: the server that is usually meant, and how to get in. Lines of a name and a value, as in the server's configuration; # begins a
// comment. Paths are relative to the file.

namespace Godwit.Cli;

/// <summary>What the file says; empty for what it does not say. Immutable.</summary>
internal sealed record ClientFile
{
    /// <summary>Names another file than the usual one.</summary>
    public const string Variable = "GODWIT_CLIENT_FILE";

    private const int MostOctets = 64 * 1024;

    public string Path { get; private init; } = "";

    public string Server { get; private init; } = "";

    public string CaFile { get; private init; } = "";

    public string ApiKeyFile { get; private init; } = "";

    /// <summary>Of a server on this machine, where packages would not put it.</summary>
    public string Configuration { get; private init; } = "";

    /// <summary>Why the file cannot be used; empty when it can, or is not there.</summary>
    public string Problem { get; private init; } = "";

    /// <summary>The file that is named, which must be there; else the usual one, which need not.</summary>
    public static ClientFile Find(Func<string, string?> environment)
    {
        if (environment(Variable) is { Length: > 0 } named)
        {
            return File.Exists(named) ? Read(named) : new ClientFile { Problem = $"{named}, which {Variable} names, is not there" };
        }

        string folder = environment("XDG_CONFIG_HOME") is { Length: > 0 } own ? own
            : environment("HOME") is { Length: > 0 } home ? System.IO.Path.Combine(home, ".config") : "";
        string usual = System.IO.Path.Combine(folder, "godwit", "client");
        return folder.Length > 0 && File.Exists(usual) ? Read(usual) : new ClientFile();
    }

    private static ClientFile Read(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        var file = new ClientFile { Path = path };
        try
        {
            if (new FileInfo(path).Length > MostOctets)
            {
                return file with { Problem = $"{path} is no client file: it is longer than {MostOctets / 1024} KB" };
            }

            string[] lines = File.ReadAllLines(path);
            for (int i = 0; i < lines.Length && file.Problem.Length == 0; i++)
            {
                file = file.With(lines[i].Split('#')[0].Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries), i + 1);
            }

            // A key without a name beside it would go to whoever has this machine's usual port just now.
            return file.Problem.Length > 0 || file.ApiKeyFile.Length == 0 || file.Server.Length > 0 ? file
                : file with { Problem = $"{path} has api-key-file and does not say for which server: add a line such as server {ServerAccess.DefaultServer}" };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return file with { Problem = $"{path} cannot be read: {error.Message}" };
        }
    }

    private ClientFile With(string[] words, int line) => words switch
    {
        [] => this,
        ["server", var value] => this with { Server = value },
        ["ca-file", var value] => this with { CaFile = Beside(value) },
        ["api-key-file", var value] => this with { ApiKeyFile = Beside(value) },
        ["config", var value] => this with { Configuration = Beside(value) },
        _ => this with { Problem = $"{Path}:{line}: a line has a name and a value; the names are server, ca-file, api-key-file and config" },
    };

    private string Beside(string path) => System.IO.Path.GetFullPath(path, System.IO.Path.GetDirectoryName(Path)!);
}
