// The management port: HTTP and HTTPS on one port for the command line, for monitoring, for programs and for a browser.
// Owned by ManagementPort. It does no verb itself: every route asks the Operator, and says who may use it.
// It promises bounded requests, no answer to foreign web pages and no change without a proof of who asks.
// When the port cannot be opened, starting throws PortUnavailableException with a sentence for the operator.

using System.Net;
using System.Net.Sockets;
using Godwit.Api;
using Godwit.Control;
using Godwit.Diagnostics;
using Godwit.Foundation;
using Godwit.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Godwit.Web;

/// <summary>The HTTP interface of one server.</summary>
public sealed class WebConsole : IAsyncDisposable
{
    /// <summary>Browsers, monitors and command lines of one machine at once, with much room.</summary>
    private const int MaxConnections = 256;

    /// <summary>Of a head, and of a body whose route does not say more.</summary>
    private const int MaxRequestOctets = WebRoutes.MaxFormOctets;

    /// <summary>What it says, that the port cannot be opened, is thrown as well, and said there for the operator.</summary>
    private const string HostCategory = "Microsoft.Extensions.Hosting.Internal.Host";

    private readonly WebApplication _application;
    private readonly PortTerms _terms;
    private readonly DoorSockets _sockets = new();
    private readonly CallerDesk? _ownDesk;
    private readonly ConfigRoutes _configuration;
    private readonly ILogger _log;

    private WebConsole(PortTerms terms, CallerDesk? ownDesk)
    {
        (_terms, _ownDesk) = (terms, ownDesk);
        _log = terms.Loggers.CreateLogger<WebConsole>();
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "godwitd" });
        builder.Logging.AddProvider(new ForwardedLogs(terms.Loggers)).SetMinimumLevel(LogLevel.Warning).AddFilter(HostCategory, LogLevel.None);
        builder.Services.AddRoutingCore();
        ApiDocument.Register(builder.Services);
        builder.Services.AddSingleton<IHostLifetime, ServerOwnedLifetime>();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(2));
        builder.WebHost.UseKestrelCore().UseSockets(sockets => sockets.CreateBoundListenSocket = _sockets.Bind);
        builder.Services.Configure<KestrelServerOptions>(Bound);
        _application = builder.Build();
        HeadRequests.UseRouting(_application);
        _application.Use(new RequestLog(terms.Operator, _log).PassAsync);
        _application.Use(new RequestGate(terms.Operator, terms.Desk, () => terms.Tls() is not null, _log).PassAsync);
        _configuration = new ConfigRoutes(terms.Operator);
        foreach (Action<IEndpointRouteBuilder> map in (IEnumerable<Action<IEndpointRouteBuilder>>)
        [
            new WebRoutes(terms.Operator, terms.Desk).Map, new FileRoutes(terms.Operator).Map, _configuration.Map,
            new SessionRoutes(terms.Operator, terms.Desk, _log).Map, .. terms.Routes,
        ])
        {
            map(_application);
        }

        RequestGate.AssertLevels(_application);
    }

    /// <summary>The port it listens on.</summary>
    public int Port { get; private set; }

    /// <summary>Every route with its method (empty for any) and who may use it.</summary>
    internal IReadOnlyList<(string Method, string Pattern, AccessLevel Level)> Routes =>
    [
        .. ((IEndpointRouteBuilder)_application).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>().SelectMany(endpoint =>
            (endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? [""]).Select(method =>
                (method, endpoint.RoutePattern.RawText ?? "", endpoint.Metadata.GetMetadata<RouteLevel>()!.Level))),
    ];

    /// <summary>Where it listens, for the operator.</summary>
    public string Where => _terms.Tls() is null
        ? _terms.Everywhere ? $"port {Port} of every address, http://127.0.0.1:{Port}/ here" : $"http://127.0.0.1:{Port}/"
        : _terms.Everywhere ? $"port {Port} of every address, https:// and on this machine also http://127.0.0.1:{Port}/"
        : $"https://127.0.0.1:{Port}/, and without TLS http://127.0.0.1:{Port}/";

    /// <summary>Opens a port on 127.0.0.1, with sessions of its own; port 0 takes a free one.</summary>
    /// <param name="token">What opens everything. It stays its maker's.</param>
    /// <param name="routes">The routes of other rooms.</param>
    public static Task<WebConsole> StartAsync(
        Operator @operator, int port, ControlToken token, ILoggerFactory loggers, CancellationToken cancellation,
        params IReadOnlyList<Action<IEndpointRouteBuilder>> routes)
    {
        var desk = new CallerDesk(@operator, token, loggers.CreateLogger<CallerDesk>());
        return StartAsync(new PortTerms(@operator, desk, loggers, port, Everywhere: false) { Routes = routes }, desk, cancellation);
    }

    /// <summary>Opens the port. The desk stays its maker's.</summary>
    internal static Task<WebConsole> StartAsync(PortTerms terms, CancellationToken cancellation) => StartAsync(terms, ownDesk: null, cancellation);

    /// <summary>Closes the port; requests under way have two seconds to end.</summary>
    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync();
        await _application.DisposeAsync();
        _ownDesk?.Dispose();
    }

    private static async Task<WebConsole> StartAsync(PortTerms terms, CallerDesk? ownDesk, CancellationToken cancellation)
    {
        var console = new WebConsole(terms, ownDesk);
        try
        {
            await console.ListenAsync(cancellation);
            return console;
        }
        catch (Exception)
        {
            await console.DisposeAsync();
            throw;
        }
    }

    private async Task ListenAsync(CancellationToken cancellation)
    {
        Share(true);
        try
        {
            await _application.StartAsync(cancellation);
        }
        catch (IOException error)
        {
            string where = _terms.Everywhere ? $"{_terms.Port} of every address" : $"127.0.0.1:{_terms.Port}";
            Exception cause = error.GetBaseException();
            string why = cause is SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse }
                ? "it is in use by another program; stop it (ss -ltnp shows which), or choose another port in http-mgmt-port"
                : $"{cause.Message}; choose another port in http-mgmt-port";
            throw new PortUnavailableException($"the management port {where} cannot be opened: {why}", error);
        }
        finally
        {
            Share(false);
        }

        string address = _application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        Port = new Uri(address).Port;
        _log.ConsoleListening(Where);
    }

    /// <summary>The port is shared with the console that it moves away from, and with no other, while it opens.</summary>
    private void Share(bool share)
    {
        if (_terms.Beside is { } beside)
        {
            (_sockets.IsShared, beside._sockets.IsShared) = (share, share);
        }
    }

    private void Bound(KestrelServerOptions options)
    {
        options.AddServerHeader = false;
        options.Limits.MaxConcurrentConnections = MaxConnections;
        options.Limits.MaxConcurrentUpgradedConnections = 0;
        options.Limits.MaxRequestBodySize = MaxRequestOctets;
        options.Limits.MaxRequestHeadersTotalSize = MaxRequestOctets;
        options.Limits.MaxRequestLineSize = MaxRequestOctets / 2;
        options.Limits.RequestHeadersTimeout = _terms.IdleTimeout;
        options.Limits.KeepAliveTimeout = _terms.IdleTimeout;
        var door = new TlsDoor(_terms.Tls, () => _terms.Operator.Settings, _terms.Operator.Time, _log);
        if (_terms.Everywhere)
        {
            options.ListenAnyIP(_terms.Port, Speak);
        }
        else
        {
            options.Listen(IPAddress.Loopback, _terms.Port, Speak);
        }

        void Speak(ListenOptions endpoint)
        {
            endpoint.Protocols = HttpProtocols.Http1;
            endpoint.Use(next => connection => door.PassAsync(connection, next));
        }
    }

    /// <summary>What the web host has to say goes to the server's log, from warnings up: a line a request would drown the log.</summary>
    private sealed class ForwardedLogs(ILoggerFactory loggers) : ILoggerProvider
    {
        public ILogger CreateLogger(string categoryName) => loggers.CreateLogger(categoryName);

        public void Dispose()
        {
            // The factory is the server's.
        }
    }

    /// <summary>Signals are the server's: the web host waits for nothing and stops when it is told.</summary>
    private sealed class ServerOwnedLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
