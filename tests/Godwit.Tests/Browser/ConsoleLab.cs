// A running server with its console, hosts that take, put off and refuse mail, and a sender who does not stop: what an operator's afternoon looks like.
// Owned by one test or, where tests only look, by one class.

using System.Net.Sockets;
using System.Text;
using Godwit.Queues;
using Godwit.Settings;
using Godwit.Tests.Support;

namespace Godwit.Tests.Browser;

/// <summary>A server under load and where its console is.</summary>
internal sealed class ConsoleLab : IAsyncDisposable
{
    /// <summary>Of the users ann (admin), ola (operator) and max (monitor).</summary>
    public const string Password = "Correct-horse-7";

    /// <summary>A hundred a second: a machine at work, not one at its limit.</summary>
    private const int MailsATurn = 10;

    private static readonly string[] _domains = ["willing.example", "willing.example", "willing.example", "busy.example", "strict.example"];

    private static readonly TimeSpan _turn = TimeSpan.FromMilliseconds(100);

    private readonly ScriptedSmtpServer _willing = new();
    private readonly ScriptedSmtpServer _busy = new(script => script.Always("RCPT", "451 4.7.1 too much mail from you, try again later"));
    private readonly ScriptedSmtpServer _strict = new(script => script.Always("RCPT", "550 5.1.1 no such user here"));
    private readonly CancellationTokenSource _end = new();
    private readonly int _port = Tool.FreePort();
    private readonly string _access;
    private Task _load = Task.CompletedTask;

    private ConsoleLab(string access) => _access = access;

    public RunningServer Server { get; private set; } = null!;

    public Uri Console => new($"http://127.0.0.1:{_port}/");

    /// <param name="access">What 127.0.0.1 may without signing in: a level of http-access.</param>
    public static async Task<ConsoleLab> StartAsync(string access = "admin")
    {
        var lab = new ConsoleLab(access);
        lab.Server = await RunningServer.StartAsync(lab.Config);
        return lab;
    }

    public string Config => $"""
        http-mgmt-port {_port}
        http-access 127.0.0.1 {_access}
        {User("ann", "admin")}
        {User("ola", "operator")}
        {User("max", "monitor")}
        <virtual-mta v1>
          smtp-source-host 127.0.0.1 v1.mx.test
        </virtual-mta>
        <virtual-mta v2>
          smtp-source-host 127.0.0.2 v2.mx.test
        </virtual-mta>
        <virtual-mta-pool both>
          virtual-mta v1
          virtual-mta v2
        </virtual-mta-pool>
        <domain *>
          retry-after 1h
        </domain>
        <domain willing.example>
          smtp-hosts [127.0.0.1]:{_willing.Port}
        </domain>
        <domain sender.test>
          smtp-hosts [127.0.0.1]:{_willing.Port}
        </domain>
        <domain busy.example>
          smtp-hosts [127.0.0.1]:{_busy.Port}
        </domain>
        <domain strict.example>
          smtp-hosts [127.0.0.1]:{_strict.Port}
        </domain>

        """;

    /// <summary>Waits until mail of every fate is there, and goes on sending.</summary>
    public async Task LoadAsync()
    {
        _load = SendAsync();
        await Server.RecordsAsync("d", 50);
        await Server.RecordsAsync("b", 10);
        await Server.RecordsAsync("t", 1);
    }

    /// <summary>Mail that stays: nothing answers for this domain.</summary>
    public async Task FillAsync(string domain, int recipients, string virtualMta = "v1")
    {
        long before = Waiting(domain);
        await Server.SendAsync(
            "shop@sender.test", Enumerable.Range(0, recipients).Select(i => $"user{i}@{domain}"), $"X-Virtual-MTA: {virtualMta}\r\nSubject: hello\r\n\r\nhello\r\n");
        await Eventually.TrueAsync(() => Waiting(domain) == before + recipients, TimeSpan.FromSeconds(20));
    }

    /// <summary>Recipients that wait for a domain, with one virtual MTA or with all.</summary>
    public long Waiting(string domain, string? virtualMta = null) => Server.Server.Operator.ShowTopQueues(QueuePattern.All, 1000, errors: false).Queues
        .Where(queue => queue.Key.Destination.Text == domain && (virtualMta is null || queue.Key.VirtualMta == virtualMta)).Sum(queue => queue.Recipients);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _load;
        await Server.DisposeAsync();
        await _willing.DisposeAsync();
        await _busy.DisposeAsync();
        await _strict.DisposeAsync();
        _end.Dispose();
    }

    private static string User(string name, string level) => $"""
        <http-user {name}>
          password {PasswordHash.Of(Encoding.UTF8.GetBytes(Password), PasswordHash.MinIterations).Reveal()}
          level {level}
        </http-user>
        """;

    private async Task SendAsync()
    {
        try
        {
            await using MailClient client = await MailClient.ConnectAsync(Server.EndPoint);
            using var timer = new PeriodicTimer(_turn);
            for (int turn = 0; !_end.IsCancellationRequested; turn++)
            {
                for (int i = turn * MailsATurn; i < (turn + 1) * MailsATurn; i++)
                {
                    await client.SendAsync("shop@sender.test", [$"user{i % 500}@{_domains[i % _domains.Length]}"], Mail(i));
                }

                await timer.WaitForNextTickAsync(CancellationToken.None);
            }
        }
        catch (Exception broken) when (broken is IOException or SocketException)
        {
            return; // A test has stopped the server.
        }
    }

    private static byte[] Mail(int i) => Encoding.ASCII.GetBytes(
        $"X-Virtual-MTA: v{1 + (i % 2)}\r\nX-Job: {(i % 3 == 0 ? "newsletter" : "receipts")}\r\nSubject: mail {i}\r\n\r\nhello\r\n");
}
