// What one console is opened with. Immutable.

using Godwit.Control;
using Godwit.Tls;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Godwit.Web;

/// <summary>What a console needs.</summary>
/// <param name="Everywhere">On every address of the machine; otherwise on 127.0.0.1.</param>
internal sealed record PortTerms(Operator Operator, CallerDesk Desk, ILoggerFactory Loggers, int Port, bool Everywhere)
{
    /// <summary>The port's side of TLS as it is configured now; null without a certificate.</summary>
    public Func<ServerTls?> Tls { get; init; } = static () => null;

    /// <summary>The routes of other rooms; each says who may use it (<see cref="RouteAccess.Needs"/>).</summary>
    public IReadOnlyList<Action<IEndpointRouteBuilder>> Routes { get; init; } = [];

    /// <summary>For the head of a request, and between two requests of one connection; longer than a slow line needs.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>A console that listens on the same port elsewhere, and closes when this one has opened.</summary>
    public WebConsole? Beside { get; init; }
}
