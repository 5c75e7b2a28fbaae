// Every set of TLS directives that a connection to a host was opened under, opened when it is first wanted: no list of queues exists beforehand.
// Owned by Delivery's OutgoingTls, one for each configuration. Thread safe. Bounded by the blocks of the configuration.

using System.Collections.Concurrent;
using Godwit.Settings;
using Microsoft.Extensions.Logging;

namespace Godwit.Tls;

/// <summary>Finds the client's TLS of a set of directives.</summary>
/// <param name="read">Gives the text of a file; throws <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>.</param>
public sealed class ClientTlsTable(Func<string, string> read, TimeProvider time, ILogger log)
{
    private readonly ConcurrentDictionary<(TlsSettings Settings, bool Resumes), ClientTls> _opened = new();

    /// <summary>May read files the first time: not for a thread that serves many sockets.</summary>
    /// <exception cref="TlsFileException">A file cannot be used now. The next caller tries again.</exception>
    public ClientTls Of(TlsSettings settings, bool resumes)
    {
        if (_opened.TryGetValue((settings, resumes), out ClientTls? known))
        {
            return known;
        }

        ClientTls fresh = ClientTls.Open(settings, resumes, read, time, log);
        return _opened.GetOrAdd((settings, resumes), fresh);
    }
}
