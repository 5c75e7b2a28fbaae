// A server, a name server and mailbox providers that all live by one clock, which moves on only while nothing is under way: hours of throttling, counted
// to the tick by who receives, pass in seconds. Owned by one test.

using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Godwit.Control;
using Godwit.Queues;

namespace Godwit.Tests.Support;

/// <summary>Everything a story about providers needs.</summary>
internal sealed partial class ProviderWorld : IAsyncDisposable
{
    /// <summary>Real time that a stretch of virtual time may take: a test that hangs says how things stand.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    /// <summary>Two looks so far apart that show the same are a pause.</summary>
    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(2);

    /// <summary>So many looks that show the same are a pause. Each goes through the thread pool, behind the server's work there.</summary>
    private const int StillLooks = 4;

    private readonly ScriptedDnsServer _dns = new();
    private readonly List<MailboxHost> _hosts = [];
    private readonly int _port = Tool.FreePort();
    private RunningServer? _server;

    public SteppedTime Time { get; } = new();

    public RunningServer Server => _server ?? throw new InvalidOperationException("not started");

    public IReadOnlyList<MailboxHost> Hosts => _hosts;

    /// <summary>Opens a provider on an address of its own and puts its names into DNS.</summary>
    /// <param name="hosted">Further domains whose mail it takes.</param>
    public MailboxHost Add(HostPersonality personality, params string[] hosted)
    {
        var address = new IPAddress([127, 0, 0, (byte)(30 + _hosts.Count)]);
        var host = new MailboxHost(personality, Time, _port, address);
        _hosts.Add(host);
        _dns.Zone(personality.Host).A("@", address.ToString());
        foreach (string domain in (string[])[personality.Domain, .. hosted])
        {
            _dns.Zone(domain).Mx(10, personality.Host);
        }

        return host;
    }

    public async Task StartAsync(string config = "") => _server = await RunningServer.StartAsync(Config(config), _dns, Time);

    /// <summary>Its hosts have no TLS; providers that insist on it do not here.</summary>
    public string Config(string config) => $"""
        <domain *>
          default-smtp-port {_port}
          require-starttls no
        </domain>

        """ + config;

    /// <summary>Lets time pass until something is so.</summary>
    /// <param name="most">Virtual time that it may take.</param>
    public async Task PassAsync(Func<bool> until, TimeSpan most)
    {
        TimeSpan end = Time.Now + most;
        while (!until())
        {
            Assert.True(Time.Now < end, $"in vain until {Time.Now}:\n{State}");
            await PauseAsync();
            if (!until())
            {
                Time.Step(end - Time.Now);
            }
        }
    }

    /// <summary>Lets so much time pass.</summary>
    public Task PassAsync(TimeSpan period)
    {
        TimeSpan end = Time.Now + period;
        return PassAsync(() => Time.Now >= end, period + TimeSpan.FromTicks(1));
    }

    /// <summary>Lets time pass until every recipient has its fate.</summary>
    public Task EmptyAsync(TimeSpan most) => PassAsync(() => Server.Waiting == 0, most);

    /// <summary>
    /// Waits, without moving the time, until nothing is on its way: no recipient in a connection's hands, no connection that only one side knows.
    /// </summary>
    public Task PauseAsync() => StillAsync(GlanceAsync);

    /// <summary>Connections that stand while a provider's gate holds them, when no more come.</summary>
    public async Task<int> HeldConnectionsAsync()
    {
        await StillAsync(() => Task.FromResult(Open > 0 && Open == Connections ? $"{Open}" : ""));
        return Open;
    }

    private int Open => _hosts.Sum(host => host.Judge.Open);

    private int Connections => Server.Server.Operator.ShowTopQueues(QueuePattern.All, 100, errors: false).Queues.Sum(queue => queue.Connections);

    /// <summary>Waits until a few looks in a row show the same.</summary>
    /// <param name="glance">How things stand; empty while something is on its way.</param>
    private async Task StillAsync(Func<Task<string>> glance)
    {
        using var patience = new CancellationTokenSource(_patience);
        string last = "";
        int same = 0;
        while (same < StillLooks)
        {
            Assert.False(patience.IsCancellationRequested, $"no pause at {Time.Now}:\n{State}");
            string now = await glance();
            same = now.Length > 0 && now == last ? same + 1 : 0;
            last = now;
            await Task.Delay(_look, TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    private string State =>
        $"{Server.TopQueues()}\n{Server.Log()}\n{string.Join("\n\n", _hosts.Select(host => $"{host.Personality}\n{host.Book}"))}";

    /// <summary>
    /// How things stand; empty while something is on its way. While mail waits, so does the dispatcher, for an end of time, unless it has work.
    /// </summary>
    private async Task<string> GlanceAsync()
    {
        long waiting = Server.Waiting;
        (int open, int connections) = (Open, Connections);
        if (open != connections || (waiting > 0 && !Time.IsAwaited))
        {
            return "";
        }

        // Behind whatever the server has in the pool's line by now.
        await Task.Run(static () => { });
        long underWay = OnTheirWay().Matches(await Server.RunAsync("why *")).Sum(match => long.Parse(match.Groups["count"].ValueSpan, CultureInfo.InvariantCulture));
        return underWay == 0 ? $"{open} {_hosts.Sum(host => host.Book.Count)} {_dns.Queries.Count} {waiting}" : "";
    }

    /// <summary>Stops the server; time goes on meanwhile, as a stop's own bounds need it.</summary>
    public async Task StopAsync()
    {
        Task stopped = Server.StopAsync();
        while (!stopped.IsCompleted)
        {
            await Task.WhenAny(stopped, Task.Delay(_look, TimeProvider.System));
            Time.Step(TimeSpan.FromMilliseconds(20));
        }

        await stopped;
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await StopAsync();
            await _server.DisposeAsync();
        }

        foreach (MailboxHost host in _hosts)
        {
            await host.DisposeAsync();
        }

        await _dns.DisposeAsync();
    }

    [GeneratedRegex("(?<count>[0-9]+) on their way", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex OnTheirWay();
}
