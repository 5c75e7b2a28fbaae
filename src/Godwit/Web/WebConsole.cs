// The management port: HTTP on loopback for the command line, for monitoring and for a browser.
// Owned by ManagementPort. It does no verb itself: every route asks the Operator.
// It promises bounded requests, no answer to foreign web pages and no change without the token.
// When the port cannot be opened, starting throws PortUnavailableException with a sentence for the operator.

using Godwit.Control;
using Godwit.Diagnostics;
using Godwit.Foundation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
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

    /// <summary>A command line of 4 KB, percent-encoded, with its form around it.</summary>
    private const int MaxRequestOctets = 16 * 1024;

    /// <summary>For the headers of a request, and between two requests of one connection.</summary>
    private static readonly TimeSpan _idleTimeout = TimeSpan.FromSeconds(15);

    private readonly WebApplication _application;
    private readonly ILogger _log;

    private WebConsole(Operator @operator, ControlToken token, ILoggerFactory loggers, IReadOnlyList<Action<IEndpointRouteBuilder>> routes)
    {
        _log = loggers.CreateLogger<WebConsole>();
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "godwitd" });
        builder.Logging.AddProvider(new ForwardedLogs(loggers)).SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IHostLifetime, ServerOwnedLifetime>();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(2));
        builder.WebHost.UseKestrelCore();
        builder.Services.Configure<KestrelServerOptions>(Bound);
        _application = builder.Build();
        _application.Use(GuardAsync);
        new WebRoutes(@operator, token, _log).Map(_application);
        foreach (Action<IEndpointRouteBuilder> map in routes)
        {
            map(_application);
        }
    }

    /// <summary>The port it listens on.</summary>
    public int Port { get; private set; }

    /// <summary>Opens the port on 127.0.0.1; port 0 takes a free one.</summary>
    /// <param name="token">What a change must carry. It stays its maker's.</param>
    /// <param name="routes">The routes of other rooms.</param>
    public static async Task<WebConsole> StartAsync(
        Operator @operator, int port, ControlToken token, ILoggerFactory loggers, CancellationToken cancellation,
        params IReadOnlyList<Action<IEndpointRouteBuilder>> routes)
    {
        var console = new WebConsole(@operator, token, loggers, routes);
        try
        {
            await console.ListenAsync(port, cancellation);
            return console;
        }
        catch (Exception)
        {
            await console.DisposeAsync();
            throw;
        }
    }

    /// <summary>Closes the port; requests under way have two seconds to end.</summary>
    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync();
        await _application.DisposeAsync();
    }

    private async Task ListenAsync(int port, CancellationToken cancellation)
    {
        _application.Urls.Add($"http://127.0.0.1:{port}");
        try
        {
            await _application.StartAsync(cancellation);
        }
        catch (IOException error)
        {
            throw new PortUnavailableException(
                $"the management port 127.0.0.1:{port} cannot be opened ({error.InnerException?.Message ?? error.Message}): "
                + "stop the program that has it, or set another http-mgmt-port",
                error);
        }

        string address = _application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        Port = new Uri(address).Port;
        _log.ConsoleListening(Port);
    }

    private static void Bound(KestrelServerOptions options)
    {
        options.AddServerHeader = false;
        options.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http1);
        options.Limits.MaxConcurrentConnections = MaxConnections;
        options.Limits.MaxConcurrentUpgradedConnections = 0;
        options.Limits.MaxRequestBodySize = MaxRequestOctets;
        options.Limits.MaxRequestHeadersTotalSize = MaxRequestOctets;
        options.Limits.MaxRequestLineSize = MaxRequestOctets / 2;
        options.Limits.RequestHeadersTimeout = _idleTimeout;
        options.Limits.KeepAliveTimeout = _idleTimeout;
    }

    private Task GuardAsync(HttpContext context, RequestDelegate next)
    {
        IHeaderDictionary headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers.CacheControl = "no-store";
        headers.ContentSecurityPolicy = HomePage.ContentSecurityPolicy;
        if (RequestGuard.Refusal(context.Request) is not { } refusal)
        {
            return next(context);
        }

        _log.ConsoleRefusedForeignRequest(context.Request.Host.Value ?? "", context.Request.Headers.Origin.ToString());
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return WebRoutes.SendAsync(context, new MessageReport(ReportOutcome.Refused, refusal), ReportFormat.Text);
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
