// Which server is meant, who vouches for its certificate and what proves who asks: options first, then the environment, then the client's own file.
// What a client file says of a certificate and a key counts for the server that it names, and the environment's key for the one that is meant where no option
// says another, so that no key goes to another one.

namespace Godwit.Cli;

/// <summary>One server as this program reaches it. Immutable.</summary>
internal sealed record ServerAccess(Uri Server)
{
    public const string DefaultServer = "http://127.0.0.1:8080";

    public const string ServerVariable = "GODWIT_SERVER";

    /// <summary>Holds a key itself. There is no option for that: all users of a machine see each other's command lines, and shells remember them.</summary>
    public const string KeyVariable = "GODWIT_API_KEY";

    /// <summary>Where packages put the configuration of a server of this machine.</summary>
    private static readonly string[] _usualConfigurations = ["/etc/godwit/config", ConfigCheck.PowerMtaFile];

    /// <summary>PEM: authorities, or certificates of servers; empty for those that the system trusts.</summary>
    public string CaFile { get; private init; } = "";

    /// <summary>Empty where <see cref="ApiKeyFile"/> or nobody has one.</summary>
    public string ApiKey { get; private init; } = "";

    public string ApiKeyFile { get; private init; } = "";

    /// <summary>Why the environment's key is not for this server; empty when it is, or there is none, or none is wanted.</summary>
    public string KeptKey { get; private init; } = "";

    /// <summary>Configurations whose certificate is trusted as it stands: those of this machine.</summary>
    public IReadOnlyList<string> Configurations { get; private init; } = _usualConfigurations;

    /// <summary>Why no server can be spoken to; empty when one can.</summary>
    public string Problem { get; private init; } = "";

    /// <summary>Null, with the reason, when the address is none.</summary>
    /// <param name="server">What <c>--server</c> said; empty when it was not there. So are the others.</param>
    public static ServerAccess? Find(string server, string caFile, string apiKeyFile, Func<string, string?> environment, out string problem)
    {
        ClientFile file = ClientFile.Find(environment);
        string named = server.Length > 0 ? server : environment(ServerVariable) is { Length: > 0 } variable ? variable : "";
        string fromFile = file.Server.Length > 0 ? file.Server : DefaultServer;
        problem = "";
        if (Address(named.Length > 0 ? named : fromFile) is not { } address)
        {
            problem = named.Length > 0 || file.Server.Length == 0 ? $"--server needs an address such as {DefaultServer}"
                : $"{file.Path}: server needs an address such as {DefaultServer}";
            return null;
        }

        bool isOfFile = address.Equals(Address(fromFile));
        string key = apiKeyFile.Length > 0 ? "" : environment(KeyVariable) ?? "";
        string kept = key.Length > 0 ? Stranger(address, environment(ServerVariable) is { Length: > 0 } usual ? usual : file.Server) : "";
        key = kept.Length > 0 ? "" : key;
        return new ServerAccess(address)
        {
            CaFile = caFile.Length > 0 ? caFile : isOfFile ? file.CaFile : "",
            ApiKey = key,
            ApiKeyFile = apiKeyFile.Length > 0 ? apiKeyFile : isOfFile && key.Length == 0 ? file.ApiKeyFile : "",
            KeptKey = kept,
            Configurations = file.Configuration.Length > 0 ? [file.Configuration] : _usualConfigurations,
            Problem = file.Problem,
        };
    }

    /// <summary>Why the environment's key does not go to this address; empty when it does.</summary>
    /// <param name="usual">The server that is meant where no option says another; empty for this machine's, whatever its port.</param>
    private static string Stranger(Uri address, string usual)
    {
        bool isOwn = usual.Length > 0 ? address.Equals(Address(usual)) : address.IsLoopback;
        string owner = usual.Length > 0 ? usual : $"this machine's server, because {ServerVariable} names none";
        return isOwn ? "" : $"{KeyVariable} was not sent to {address.Authority}: it is for {owner}. Give this server's key with --api-key-file FILE.";
    }

    private static Uri? Address(string text) =>
        Uri.TryCreate(text.Contains("://", StringComparison.Ordinal) ? text : "http://" + text, UriKind.Absolute, out Uri? address)
        && address.Scheme is "http" or "https" ? address : null;
}
