// One connection to one host, past TCP: greeting, EHLO, replies, QUIT, and what accounting says about the far end.
// Owned by one delivery. The peer's behaviour comes back as values; when the connection is over, Lost says so and LossReason says why.

using System.Net;
using System.Runtime.CompilerServices;
using Godwit.Diagnostics;
using Godwit.Disposition;
using Godwit.Mail;
using Godwit.Settings;
using Godwit.Smtp;
using Microsoft.Extensions.Logging;

namespace Godwit.Delivery;

/// <summary>A host that is being spoken to. Not thread safe, except for <see cref="Abort"/> and <see cref="TryBreakOff"/>.</summary>
internal sealed partial class PeerConnection : IAsyncDisposable
{
    /// <summary>A peer that answers QUIT does so at once; one that does not is not worth waiting for.</summary>
    private static readonly TimeSpan _quitTimeout = TimeSpan.FromSeconds(2);

    /// <summary>As PowerMTA knows such a firewall.</summary>
    private const int PixAsterisks = 10;

    /// <summary>RFC 8314 section 7.3. Whoever connects there is expected to speak first.</summary>
    private const int ImmediateTlsPort = 465;

    private readonly SmtpReplyReader _replies;
    private readonly DeliverySettings _settings;
    private readonly ILogger _log;
    private AttemptContext? _attempt;
    private bool _awaitsGreeting;
    private volatile bool _cut;
    private volatile bool _isUnwanted;

    /// <summary>1 while content is sent whose final dot is not: the peer cannot have taken it. One side takes it away from the other.</summary>
    private int _open;

    public PeerConnection(
        SmtpConnection connection, HostAddress host, SourceHost source, DeliverySettings settings, ILogger log, DialogObserver? observer = null)
    {
        Connection = connection;
        Host = host;
        Source = source;
        _settings = settings;
        _log = log;
        _replies = new SmtpReplyReader(connection);
        Commands = new CommandWriter(connection);
        Observer = observer;
    }

    public SmtpConnection Connection { get; }

    public CommandWriter Commands { get; }

    /// <summary>An operator who watches; mostly nobody.</summary>
    public DialogObserver? Observer
    {
        get;
        set
        {
            field = value;
            Commands.Trace = _settings.LogCommands || value is not null ? NoteCommand : null;
        }
    }

    public HostAddress Host { get; }

    public SourceHost Source { get; }

    /// <summary>The address that the peer sees: behind a proxy not our end of the connection.</summary>
    public IPAddress SourceAddress => Source is { Proxies.Count: > 0, Address: { } behind } ? behind : Connection.Local.Address;

    /// <summary>What EHLO offered; nothing behind HELO.</summary>
    public SmtpExtensions Extensions { get; private set; } = new();

    /// <summary>
    /// Transactions that ended with the connection still standing: only then can the next one find it closed through no fault of its message.
    /// </summary>
    public int Transactions { get; set; }

    public bool Lost => LossReason.Length > 0;

    /// <summary><c>EDISCON in connection to host (ip)</c>; empty while the connection stands.</summary>
    public string LossReason { get; private set; } = "";

    /// <summary>What is wrong in it, without the way there, which is nobody else's business.</summary>
    public string LossDetail { get; private set; } = "";

    /// <summary>Whether it was our patience that ended.</summary>
    public bool TimedOut { get; private set; }

    public bool SendsDsn => Extensions.Has(SmtpExtension.Dsn) && !_settings.IgnoreDsn;

    /// <summary>What accounting says about attempts over this connection. One object for all of them.</summary>
    public AttemptContext Attempt => _attempt ??= new AttemptContext
    {
        DeliveryType = "smtp",
        Mta = Host.Text,
        SourceAddress = SourceAddress,
        DestinationAddress = Host.EndPoint.Address,
        EsmtpAvailable = Extensions.Keywords,
        TlsProtocol = Connection.TlsProtocol,
        TlsCipher = Connection.TlsCipher,
        TlsPolicy = Terms.Word,
        PeerSendsDsn = SendsDsn,
    };

    /// <summary>Whether the greeting came through a firewall that writes asterisks over it.</summary>
    public bool IsBehindPix { get; private set; }

    /// <summary>Reads the peer's first words; null when the connection is lost.</summary>
    public async ValueTask<SmtpReply?> GreetingAsync()
    {
        _awaitsGreeting = true;
        SmtpReply? greeting = await ReadReplyAsync(_settings.SmtpGreetingTimeout);
        _awaitsGreeting = false;
        IsBehindPix = greeting is not null && greeting.Text.AsSpan().Count('*') >= PixAsterisks;
        return greeting;
    }

    /// <summary>Introduces us: EHLO, and HELO to a host that does not know it (RFC 5321 section 3.2). Null when the connection is lost.</summary>
    public async ValueTask<SmtpReply?> HelloAsync()
    {
        var offered = new SmtpExtensions();
        Commands.Ehlo(Source.HostName);
        await FlushAsync(_settings.SmtpCommandTimeout);
        SmtpReply? reply = await ReadReplyAsync(_settings.SmtpCommandTimeout, offered);
        if (reply is { IsPermanent: true })
        {
            Commands.Helo(Source.HostName);
            await FlushAsync(_settings.SmtpCommandTimeout);
            return await ReadReplyAsync(_settings.SmtpCommandTimeout);
        }

        Extensions = offered;
        _attempt = null;
        return reply;
    }

    /// <summary>Sends what was written. False when that failed: the next reply, or its absence, says why, for a peer may speak before it hangs up.</summary>
    public ValueTask<bool> FlushAsync(TimeSpan timeout)
    {
        Connection.SetDeadline(timeout);
        return Connection.FlushAsync();
    }

    /// <summary>Sends what was written and then <paramref name="octets"/>, uncopied when they are many.</summary>
    public ValueTask<bool> FlushAsync(ReadOnlyMemory<byte> octets, TimeSpan timeout)
    {
        Connection.SetDeadline(timeout);
        return Connection.FlushAsync(octets);
    }

    /// <summary>Reads the next reply; null when there is none: the connection is lost then.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<SmtpReply?> ReadReplyAsync(TimeSpan timeout, SmtpExtensions? extensions = null)
    {
        SmtpReplyRead read = await _replies.ReadAsync(timeout, extensions);
        if (read.Status != SmtpReplyStatus.Ok)
        {
            Lose(read.Status, read.Problem);
        }
        else if (_settings.LogCommands || Observer is not null)
        {
            NoteReply(read.Reply!);
        }

        return read.Reply;
    }

    /// <summary>The peer's reply makes no sense where it stands: the two sides are not at the same place any more (RFC 5321 section 4.3.2).</summary>
    public void LoseStep(string command, SmtpReply reply) => Lose(SmtpReplyStatus.Broken, $"unexpected reply to {command}: {reply}");

    /// <summary>Says goodbye. False when the peer is gone already.</summary>
    public ValueTask<bool> SayQuitAsync()
    {
        Commands.Quit();
        return FlushAsync(_quitTimeout);
    }

    /// <summary>
    /// Waits for the peer to end its side, behind QUIT: closing with the 221 unread would reset the connection, which some hosts log as an abort.
    /// </summary>
    public ValueTask LingerAsync() => Connection.LingerAsync();

    /// <summary>Whether we ended the connection ourselves: that says nothing about the peer or the message.</summary>
    public bool IsCut => _cut;

    /// <summary>Content begins that may be broken off until <see cref="TryFinishContent"/>.</summary>
    public void BeginContent()
    {
        Interlocked.Exchange(ref _open, 1);
        if (_isUnwanted)
        {
            TryBreakOff();
        }
    }

    /// <summary>False when the content was broken off: the final dot must not follow.</summary>
    public bool TryFinishContent() => Interlocked.Exchange(ref _open, 0) == 1;

    /// <summary>
    /// Ends the connection while the peer cannot have taken a message: it must not before the final dot (RFC 5321 section 4.1.1.4). Thread safe.
    /// </summary>
    public bool TryBreakOff()
    {
        _isUnwanted = true;
        if (Interlocked.Exchange(ref _open, 0) == 0)
        {
            return false;
        }

        Abort();
        return true;
    }

    public void Abort()
    {
        _cut = true;
        Connection.Abort();
    }

    public async ValueTask DisposeAsync()
    {
        await Connection.DisposeAsync();
        _shown?.Dispose();
    }

    /// <summary>For each message: what shows its content in the log; null where nobody asks.</summary>
    public HexDump? NewDump() => _settings.LogData ? new HexDump(line => _log.DataSent(Host.Text, line)) : null;

    private void NoteCommand(string line)
    {
        Observer?.Sent(line);
        if (_settings.LogCommands)
        {
            _log.CommandSent(Host.Text, line);
        }
    }

    private void NoteReply(SmtpReply reply)
    {
        Observer?.Received(reply);
        if (_settings.LogCommands)
        {
            _log.ReplyReceived(Host.Text, reply);
        }
    }

    private void Lose(SmtpReplyStatus status, string problem)
    {
        if (Lost)
        {
            return;
        }

        if (problem.Length == 0 && _awaitsGreeting && Host.EndPoint.Port == ImmediateTlsPort)
        {
            problem = $"no greeting; hosts speak TLS from the first octet on port {ImmediateTlsPort}, so use port 25 or 587 with STARTTLS";
        }

        LossDetail = problem.Length > 0 ? problem : status == SmtpReplyStatus.TimedOut ? "no answer in time" : "the connection ended";
        TimedOut = status == SmtpReplyStatus.TimedOut;
        string error = status switch { SmtpReplyStatus.TimedOut => "ETIMEDOUT", SmtpReplyStatus.Broken => "EPROTO", _ => "EDISCON" };
        string way = Source.Proxies is [var hop] ? $" through the proxy {hop.Title}" : "";
        LossReason = problem.Length == 0 ? $"{error} in connection to {Host.Text}{way}" : $"{error} in connection to {Host.Text}{way}: {problem}";
    }
}
