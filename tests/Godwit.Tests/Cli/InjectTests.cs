using System.Text;
using Godwit.Cli;
using Godwit.Tests.Control;
using Godwit.Web;
using Microsoft.Extensions.Logging.Abstractions;
using MimeKit;

namespace Godwit.Tests.Cli;

public sealed class InjectTests
{
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Every_message_arrives_once_and_the_rate_is_said(bool pipelining)
    {
        await using var responder = new SmtpResponder { Pipelining = pipelining };

        int exitCode = await InjectAsync(responder, "--count", "40", "--connections", "4", "--size", "3000", "--domains", "10");

        Assert.Equal(0, exitCode);
        Assert.Equal(40, responder.Messages.Count);
        Assert.Equal(40, responder.Recipients.Distinct().Count());
        Assert.Equal(10, responder.Recipients.Select(line => line.Split('@')[1]).Distinct().Count());
        Assert.All(responder.Recipients, line => Assert.EndsWith(".example>", line, StringComparison.Ordinal));
        Assert.InRange(responder.Sessions, 1, 4);
        Assert.StartsWith("submitted 40 of 40 messages in ", _out.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    [InlineData(10240)]
    [InlineData(300_000)]
    public async Task A_sample_message_is_a_proper_message_of_the_size_asked_for(int size)
    {
        await using var responder = new SmtpResponder();

        Assert.Equal(0, await InjectAsync(responder, "--count", "1", "--size", $"{size}"));

        string raw = Assert.Single(responder.Messages);
        Assert.True(size < 1000 || Math.Abs(raw.Length - size) < 75, $"{raw.Length} octets");
        Assert.All(raw.Split("\r\n"), line => Assert.True(line.Length <= 78 && !line.StartsWith('.') && !line.Contains('\r', StringComparison.Ordinal)));
        MimeMessage message = await MimeMessage.LoadAsync(new MemoryStream(Encoding.ASCII.GetBytes(raw)), TestContext.Current.CancellationToken);
        Assert.Equal("user000000@bigmail.example", Assert.Single(message.To.Mailboxes).Address);
        Assert.EndsWith("@sender.example", message.MessageId, StringComparison.Ordinal);
        Assert.NotEqual(default, message.Date);
        Assert.False(string.IsNullOrWhiteSpace(message.TextBody));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_refused_recipient_is_counted_and_the_session_goes_on(bool pipelining)
    {
        await using var responder = new SmtpResponder
        {
            Pipelining = pipelining,
            OnRecipient = line => line.Contains("000003@", StringComparison.Ordinal) ? "550 5.7.1 relaying denied" : "250 2.1.5 ok",
        };

        int exitCode = await InjectAsync(responder, "--count", "10", "--connections", "1");

        Assert.Equal(1, exitCode);
        Assert.Equal(9, responder.Messages.Count);
        Assert.Equal(1, responder.Sessions);
        Assert.Contains("submitted 9 of 10", _out.ToString(), StringComparison.Ordinal);
        Assert.Contains("1 were not accepted; the last reason: 550 5.7.1 relaying denied", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_closed_session_is_begun_anew_but_not_for_ever()
    {
        await using var responder = new SmtpResponder { OnRecipient = _ => "421 4.3.2 closing" };

        int exitCode = await InjectAsync(responder, "--count", "1000", "--connections", "2");

        Assert.Equal(1, exitCode);
        Assert.Equal(6, responder.Sessions);
        Assert.Contains("421", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_listener_it_says_what_to_check()
    {
        int port;
        await using (var responder = new SmtpResponder())
        {
            port = responder.Port;
        }

        Assert.Equal(3, await RunAsync("inject", "--to", $"127.0.0.1:{port}"));
        Assert.Contains($"no SMTP server at 127.0.0.1:{port}", _error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--to", "nowhere")]
    [InlineData("--count", "0")]
    [InlineData("--count", "many")]
    [InlineData("--connections", "1001")]
    [InlineData("--from", "a@b.example>\r\nRSET")]
    [InlineData("--colour", "red")]
    public async Task A_wrong_option_is_usage(string name, string value)
    {
        Assert.Equal(2, await RunAsync("inject", name, value));
        Assert.Contains(name, _error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 1)]
    public async Task With_wait_it_follows_until_every_message_has_its_fate(bool lastBounces, int expected)
    {
        var server = new TestServer();
        server.Traffic.Out.Recipients.Add(500);
        string folder = Directory.CreateTempSubdirectory("godwit-wait-").FullName;
        await using WebConsole console = await WebConsole.StartAsync(
            server.Operator, 0, ControlToken.Create(Path.Combine(folder, "control-token")), NullLoggerFactory.Instance, TestContext.Current.CancellationToken);
        int left = 20;
        await using var responder = new SmtpResponder
        {
            OnMessage = () => (lastBounces && Interlocked.Decrement(ref left) == 0 ? server.Traffic.Bounced : server.Traffic.Out.Recipients).Add(),
        };

        int exitCode = await InjectAsync(responder, "--count", "20", "--wait", "20", "--server", $"http://127.0.0.1:{console.Port}");

        Assert.Equal(expected, exitCode);
        Assert.Contains("  accepted          20\n", _out.ToString(), StringComparison.Ordinal);
        Assert.Contains($"  delivered  {(lastBounces ? 19 : 20),9}\n", _out.ToString(), StringComparison.Ordinal);
        Assert.Contains($"  bounced    {(lastBounces ? 1 : 0),9}\n", _out.ToString(), StringComparison.Ordinal);
        Assert.Contains("  accounting  /var/log/godwit/acct-2026-03-04-0000.csv\n", _out.ToString(), StringComparison.Ordinal);
        await console.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private Task<int> InjectAsync(SmtpResponder responder, params string[] arguments) =>
        RunAsync(["inject", "--to", $"127.0.0.1:{responder.Port}", .. arguments]);

    private Task<int> RunAsync(params string[] arguments) =>
        new CommandLine(new Screen(_out, _error, IsTerminal: false), _ => null).RunAsync(arguments, TestContext.Current.CancellationToken);
}
