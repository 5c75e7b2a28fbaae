// The management port as the configuration wants it: none, or a console on one port; and the token that outlives a change of port.
// Owned by the server, which opens it early and closes it last, so that the command line can look on while the server starts and stops.
// A new port is open before the old one closes, and the old one closes behind the answer to whoever asked for the change.

using Godwit.Control;
using Godwit.Diagnostics;
using Godwit.Foundation;
using Godwit.Sasl;
using Godwit.Settings;
using Godwit.Tls;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Godwit.Web;

/// <summary>Opens, moves and closes the management port. One change at a time.</summary>
/// <param name="tokenFile">Where the token is written when a console is open.</param>
/// <param name="tls">The port's side of TLS as it is configured now; null, or giving null, without a certificate.</param>
/// <param name="routes">The routes of other rooms; each says who may use it.</param>
/// <param name="passwords">Compares the passwords of the whole server: its bounds are of all cores. Null makes one for this port.</param>
public sealed class ManagementPort(
    Operator @operator, string tokenFile, ILoggerFactory loggers, Func<ServerTls?>? tls = null, IReadOnlyList<Action<IEndpointRouteBuilder>>? routes = null,
    PasswordWork? passwords = null)
    : IAsyncDisposable
{
    private readonly ILogger _log = loggers.CreateLogger<ManagementPort>();
    private ControlToken? _token;
    private CallerDesk? _desk;
    private WebConsole? _console;
    private (int Port, bool Everywhere) _configured;
    private Task _closing = Task.CompletedTask;

    /// <summary>The port that is open; 0 when none is.</summary>
    public int Port => _console?.Port ?? 0;

    /// <summary>Every route of the open port with its method (empty for any) and who may use it.</summary>
    internal IReadOnlyList<(string Method, string Pattern, AccessLevel Level)> Routes => _console?.Routes ?? [];

    /// <summary>
    /// Opens the port that the settings want, unless it is open already; 0 wants none. It listens on loopback, or on every address where http-access lets
    /// another machine in. Throws <see cref="PortUnavailableException"/>, <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/> when that
    /// is impossible.
    /// </summary>
    public Task<IPreparedChange> PrepareAsync(ServerSettings settings, CancellationToken cancellation) =>
        PrepareAsync(settings.HttpManagementPort, settings.HttpListensEverywhere, cancellation);

    /// <param name="everywhere">On every address; otherwise on loopback.</param>
    internal async Task<IPreparedChange> PrepareAsync(int port, bool everywhere, CancellationToken cancellation)
    {
        if ((port, everywhere) == _configured || port == 0)
        {
            return new Change(this, port, everywhere, port == 0 ? null : _console);
        }

        _token ??= ControlToken.Create(tokenFile);
        _desk ??= new CallerDesk(@operator, _token, _log, passwords);
        var terms = new PortTerms(@operator, _desk, loggers, port, everywhere)
        {
            Tls = tls ?? (static () => null),
            Routes = routes ?? [],
            Beside = port == _configured.Port ? _console : null,
        };
        return new Change(this, port, everywhere, await WebConsole.StartAsync(terms, cancellation));
    }

    public async ValueTask DisposeAsync()
    {
        await _closing;
        if (_console is not null)
        {
            await _console.DisposeAsync();
        }

        _desk?.Dispose();
        RemoveToken();
    }

    private void RemoveToken()
    {
        try
        {
            _token?.Dispose();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Nobody checks this token any more and the next start replaces it: no reason to stop badly.
            _log.ConsoleTokenRemains(tokenFile, error.Message);
        }
    }

    private async Task CloseAsync(WebConsole old, Task before)
    {
        await before;
        await old.DisposeAsync();
        _log.ConsoleClosed(old.Where);
    }

    private sealed class Change(ManagementPort owner, int port, bool everywhere, WebConsole? console) : IPreparedChange
    {
        public ValueTask CommitAsync()
        {
            WebConsole? old = owner._console;
            (owner._console, owner._configured) = (console, (port, everywhere));
            if (old is not null && old != console)
            {
                // Not awaited: the request for this very change may be under way on the old port, and it gets its answer.
                owner._closing = owner.CloseAsync(old, owner._closing);
            }

            return ValueTask.CompletedTask;
        }

        public ValueTask CancelAsync() => console is null || console == owner._console ? ValueTask.CompletedTask : console.DisposeAsync();
    }
}
