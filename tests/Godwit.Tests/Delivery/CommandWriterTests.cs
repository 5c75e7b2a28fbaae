using System.Net;
using System.Net.Sockets;
using System.Text;
using Godwit.Delivery;
using Godwit.Mail;
using Godwit.Smtp;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Delivery;

public sealed class CommandWriterTests
{
    private static readonly MailParameters _plain = new(Size: 0, EightBitMime: false, SmtpUtf8: false, Dsn: false);

    [Theory]
    [InlineData("host\r\nMAIL FROM:<x@y.test>")]
    [InlineData("host\nname")]
    [InlineData("host\rname")]
    [InlineData("host\0name")]
    [InlineData("host\u007fname")]
    [InlineData("hóst")]
    public async Task A_command_with_forbidden_octets_is_never_written(string hostName)
    {
        string written = await WrittenAsync(commands =>
        {
            Assert.Throws<InvalidOperationException>(() => commands.Ehlo(hostName));
            commands.Quit();
        });
        Assert.Equal("QUIT\r\n", written);
    }

    [Fact]
    public async Task A_command_beyond_all_bounds_is_never_written()
    {
        string written = await WrittenAsync(commands =>
        {
            Assert.Throws<InvalidOperationException>(() => commands.Ehlo(new string('x', 5000)));
            commands.Quit();
        });
        Assert.Equal("QUIT\r\n", written);
    }

    [Fact]
    public async Task The_null_sender_is_an_empty_path()
    {
        Assert.Equal("MAIL FROM:<>\r\n", await WrittenAsync(commands => commands.Mail(From(""), _plain)));
    }

    [Fact]
    public async Task A_unicode_local_part_needs_SMTPUTF8_and_a_unicode_domain_goes_as_A_labels()
    {
        Assert.Equal("MAIL FROM:<a@xn--grn-ioa.test>\r\n", await WrittenAsync(commands => commands.Mail(From("a@grün.test"), _plain)));
        await WrittenAsync(commands => Assert.Throws<InvalidOperationException>(() => commands.Mail(From("grün@a.test"), _plain)));
        Assert.Equal("MAIL FROM:<grün@a.test> SMTPUTF8\r\n",
            await WrittenAsync(commands => commands.Mail(From("grün@a.test"), _plain with { SmtpUtf8 = true })));
    }

    [Fact]
    public async Task Notification_parameters_that_a_peer_could_refuse_for_their_length_stay_away()
    {
        MailParameters dsn = _plain with { Dsn = true };
        Assert.Equal("MAIL FROM:<a@b.test>\r\n",
            await WrittenAsync(commands => commands.Mail(From("a@b.test") with { EnvelopeId = new string('e', 101) }, dsn)));
        EnvelopeRecipient recipient = To("b@c.test") with { OriginalRecipient = "rfc822;" + new string('x', 501), Notify = DsnNotify.Never };
        Assert.Equal("RCPT TO:<b@c.test> NOTIFY=NEVER\r\n", await WrittenAsync(commands => commands.Rcpt(recipient, dsn)));
    }

    [Fact]
    public async Task An_internationalized_original_recipient_is_written_in_ASCII()
    {
        EnvelopeRecipient recipient = To("b@c.test") with { OriginalRecipient = "rfc822;grün@c.test" };
        Assert.Equal("RCPT TO:<b@c.test> ORCPT=utf-8;gr\\x{FC}n@c.test\r\n",
            await WrittenAsync(commands => commands.Rcpt(recipient, _plain with { Dsn = true })));
    }

    private static Envelope From(string sender) => new() { Id = new MessageId(1), Sender = EmailAddress.Parse(sender), Recipients = [] };

    private static EnvelopeRecipient To(string address) =>
        new() { Address = EmailAddress.Parse(address), Destination = DomainName.Parse("c.test"), VirtualMta = EnvelopeRecipient.DefaultVirtualMta };

    /// <summary>What reaches the peer.</summary>
    private static async Task<string> WrittenAsync(Action<CommandWriter> write)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        using var peer = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await peer.ConnectAsync(listener.LocalEndPoint!);
        using var deadlines = new ConnectionDeadlines(new FakeTimeProvider());
        await using (var connection = new SmtpConnection(await listener.AcceptAsync(), deadlines))
        {
            write(new CommandWriter(connection));
            await connection.FlushAsync();
        }

        using var received = new MemoryStream();
        await using var stream = new NetworkStream(peer);
        await stream.CopyToAsync(received);
        return Encoding.UTF8.GetString(received.ToArray());
    }
}
