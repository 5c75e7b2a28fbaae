// Every set of TLS directives of one configuration, for the doors of the server. Immutable; thread safe. A set that was there before the reload is kept as
// it is, with its sessions; one that is gone stays until the next reload, for clients that came through a door while it was changed.

using Godwit.Foundation;
using Godwit.Settings;
using Microsoft.Extensions.Logging;

namespace Godwit.Tls;

/// <summary>Finds the TLS of a set of directives.</summary>
public sealed class ServerTlsTable
{
    private readonly Dictionary<TlsSettings, ServerTls> _named = [];
    private Dictionary<TlsSettings, ServerTls> _before = [];

    private ServerTlsTable()
    {
    }

    public static ServerTlsTable Empty { get; } = new();

    /// <summary>Reads every file that the sets name. It takes as long as the disk does: not for a thread that mail waits for.</summary>
    /// <param name="before">What was in force; empty at start.</param>
    /// <param name="read">Gives the text of a file; throws <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>.</param>
    /// <exception cref="TlsFileException">A file cannot be used.</exception>
    public static ServerTlsTable Read(
        IEnumerable<TlsSettings> wanted, ServerTlsTable before, Func<string, string> read, TimeProvider time, ILogger log)
    {
        var table = new ServerTlsTable { _before = before._named };
        foreach (TlsSettings settings in wanted.Where(each => each.Certificate is not null).Distinct())
        {
            // Always opened: a file that is no good any more is told by the reload, and authorities may have changed.
            ServerTls fresh = ServerTls.Open(settings, read, time, log);
            ServerTls? kept = settings.CaFile.Length == 0 ? before._named.GetValueOrDefault(settings) : null;
            kept?.Look();
            table._named.Add(settings, kept ?? fresh);
        }

        return table;
    }

    /// <summary>Each certificate's file, and when the certificate in it ends.</summary>
    public IEnumerable<(string File, Instant End)> Certificates =>
        _named.Values.Select(static tls => (tls.CertificatePath, tls.CertificateEnd)).Distinct();

    /// <summary>Null where there is no certificate.</summary>
    public ServerTls? Of(TlsSettings settings) =>
        _named.TryGetValue(settings, out ServerTls? found) || _before.TryGetValue(settings, out found) ? found : null;
}
