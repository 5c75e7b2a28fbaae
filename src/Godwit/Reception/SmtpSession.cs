// One client's conversation: greeting, commands, goodbye. The command loop is here, what each command does in SmtpSession.Commands.cs,
// the content of messages in SmtpSession.Content.cs, TLS in SmtpSession.Tls.cs. Owns its connection and its transaction; one task runs it, RequestStop may
// come from any thread.
// Promises that every command gets its reply in order, that replies to pipelined commands leave together, and that whatever a client sends ends somewhere:
// in a reply, a 421 or a closed connection. Only a broken invariant throws; whoever runs the session logs it.

using System.Runtime.CompilerServices;
using System.Text.Unicode;
using Godwit.Diagnostics;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Settings;
using Godwit.Smtp;
using Microsoft.Extensions.Logging;

namespace Godwit.Reception;

/// <summary>Speaks SMTP with one client.</summary>
public sealed partial class SmtpSession
{
    /// <summary>Mistakes in a row before we hang up. A client that corrects itself never gets there; a port scanner does at once.</summary>
    public const int MaxMistakes = 100;

    /// <summary>
    /// Recipients that are denied relaying, each accepted one paying for one of them, before we hang up: ten messages with the hundred recipients that RFC 5321
    /// section 4.5.3.1.8 promises every client. Somebody who has mail for us besides wrong addresses never gets there.
    /// </summary>
    public const int MaxRelayDenials = 1000;

    /// <summary>Denied recipients that are logged one by one; the others are in the sum at the end of the session.</summary>
    private const int RelayDenialsLogged = 5;

    /// <summary>Replies held back while pipelined commands wait. One TLS record.</summary>
    private const int MaxHeldReplies = 16 * 1024;

    /// <summary>Octets of an overlong line that are skipped to find its end.</summary>
    private const int MaxSkippedLine = 64 * 1024;

    /// <summary>Time for a client to read a refusal before the connection closes.</summary>
    private static readonly TimeSpan _lingering = TimeSpan.FromSeconds(5);

    /// <summary>RFC 5321 section 4.5.3.1.5 allows 512; the longest of ours quotes an address or our own name, both below 256.</summary>
    private const int MaxReplyLine = 512;

    private readonly SmtpConnection _connection;
    private readonly SessionDoor _entrance;
    private readonly CurrentSettings _settings;
    private readonly SubmissionDoor _door;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly SmtpTransaction _transaction = new();
    private ServerSettings _server;
    private ClientIdentity _client;
    private int _mistakes;
    private int _relayDenials;
    private int _relayDebt;
    private bool _longLineLogged;
    private bool _manyRecipientsLogged;
    private bool _waiting;
    private bool _over;
    private bool _lingers;
    private bool _parked;
    private bool _stopping;

    /// <param name="connection">Taken over: the session disposes it.</param>
    /// <param name="entrance">Where the client came in.</param>
    public SmtpSession(
        SmtpConnection connection, SessionDoor entrance, CurrentSettings settings, SubmissionDoor door, AuthDesk desk, TimeProvider time, ILogger log)
    {
        _desk = desk;
        _connection = connection;
        _entrance = entrance;
        _settings = settings;
        _door = door;
        _time = time;
        _log = log;
        _server = settings.Value;
        _client = new ClientIdentity(
            _server.SourceFor(connection.Remote.Address, entrance.Listener.Source), "", false, connection.Remote.Address, connection.Local.Address);
    }

    /// <summary>What happens behind a command.</summary>
    private enum Next : byte
    {
        Command,
        Data,
        Chunk,
        Tls,
        Auth,

        /// <summary>MAIL was right, and its sender is to be checked before it is answered.</summary>
        Checks,
    }

    /// <summary>The client's end.</summary>
    public System.Net.IPEndPoint Client => _connection.Remote;

    /// <summary>Runs until the conversation is over.</summary>
    public async Task RunAsync()
    {
        try
        {
            NoteConnection();
            if (_entrance.Listener.ImmediateTls)
            {
                await SecureAsync();
            }

            if (!_over)
            {
                Greet();
            }

            while (!_over)
            {
                await StepAsync();
            }

            await SayGoodbyeAsync();
        }
        finally
        {
            _transaction.End();
            await _connection.DisposeAsync();
            if (_relayDenials > RelayDenialsLogged && _relayDebt < MaxRelayDenials)
            {
                _log.RelayingDenied(_connection.Remote, _relayDenials);
            }

            if (_client.Source.LogConnections)
            {
                _log.ClientDisconnected(_connection.Remote);
            }
        }
    }

    /// <summary>Ends the session with 421 as soon as it is between messages; at once when it is there already. From any thread.</summary>
    public void RequestStop()
    {
        Volatile.Write(ref _stopping, true);
        Interlocked.MemoryBarrier();
        _penaltyOver?.Set();
        if (Volatile.Read(ref _parked))
        {
            _connection.StopReading();
        }
    }

    /// <summary>Ends the session at once, from any thread.</summary>
    public void Abort()
    {
        _connection.Abort();
        _penaltyOver?.Set();
        EndChecks();
    }

    private void NoteConnection()
    {
        if (_client.Source.LogConnections)
        {
            _log.ClientConnected(_connection.Remote, _connection.Local, _client.Source.Name);
        }
    }

    private void Greet()
    {
        if (!_client.Source.SmtpService)
        {
            Reply(SmtpReplies.NoSmtpService);
            Leave();
            return;
        }

        if (IsShutOut)
        {
            ShutOut();
            return;
        }

        Span<byte> line = stackalloc byte[MaxReplyLine];
        Utf8.TryWrite(line, $"220 {_server.HostName} (Godwit v{ProductVersion.Text}) ESMTP service ready\r\n", out int length);
        Reply(line[..length]);
    }

    /// <summary>One command, or one wait for more of it.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask StepAsync()
    {
        if (!IsEncrypted && TlsRecord.Begins(_connection.Buffered))
        {
            RefuseTls();
            return;
        }

        switch (SmtpCommand.FindLine(_connection.Buffered, out int length))
        {
            case CommandLineStatus.Complete:
                _waiting = false;
                Next next = Execute(_connection.Buffered[..length]);
                _connection.Consume(length + 2);
                await (next switch
                {
                    Next.Data => ReceiveDataAsync(),
                    Next.Chunk => ReceiveChunkAsync(),
                    Next.Auth => AuthenticateAsync(),
                    Next.Tls => StartTlsAsync(),
                    Next.Checks => CheckSenderAsync(),
                    _ => _connection.PendingOutput > MaxHeldReplies ? FlushAsync() : ValueTask.CompletedTask,
                });
                break;

            case CommandLineStatus.Partial:
                await WaitForCommandAsync();
                break;

            case CommandLineStatus.TooLong:
                await SkipLineAsync();
                RefuseLongLine(SmtpCommand.MaxLine);
                break;

            default:
                _log.BadLineEndInCommand(_connection.Remote);
                Reply(SmtpReplies.BadLineEnd);
                LeaveLingering();
                break;
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WaitForCommandAsync()
    {
        // The limit is for the whole line, not for each octet of it.
        if (!_waiting)
        {
            _waiting = true;
            _connection.SetDeadline(_client.Source.SmtpCommandTimeout);
        }

        await FlushAsync();
        if (_over)
        {
            return;
        }

        // Parked means that a stop may end the read. Either we see the stop here, or the stop sees us parked: hence the barriers on both sides.
        Volatile.Write(ref _parked, !_transaction.IsOpen);
        Interlocked.MemoryBarrier();
        SmtpReadStatus status = Volatile.Read(ref _stopping) && !_transaction.IsOpen
            ? SmtpReadStatus.Stopped
            : await _connection.ReadMoreAsync(soon: _transaction.IsOpen);
        Volatile.Write(ref _parked, false);
        Heed(status);
    }

    /// <summary>Draws the consequence of a read that did not bring octets.</summary>
    private void Heed(SmtpReadStatus status)
    {
        switch (status)
        {
            case SmtpReadStatus.Ok:
                return;
            case SmtpReadStatus.TimedOut:
                _log.ClientTimedOut(_connection.Remote);
                Reply(SmtpReplies.TooSlow);
                break;
            case SmtpReadStatus.Stopped:
                Reply(SmtpReplies.ShuttingDown);
                break;
            case SmtpReadStatus.TooLong:
                throw new InvalidOperationException("a line longer than its bound was left in the buffer");
        }

        Leave();
    }

    /// <summary>Drops octets up to and including the next LF, within a bound.</summary>
    private async ValueTask SkipLineAsync()
    {
        for (int skipped = 0; !_over;)
        {
            int end = _connection.Buffered.IndexOf((byte)'\n');
            int count = end < 0 ? _connection.Buffered.Length : end + 1;
            _connection.Consume(count);
            skipped += count;
            if (end >= 0)
            {
                return;
            }

            if (skipped > MaxSkippedLine)
            {
                LeaveLingering();
                return;
            }

            await FlushAsync();
            Heed(await _connection.ReadMoreAsync());
        }
    }

    private async ValueTask FlushAsync()
    {
        if (!await _connection.FlushAsync())
        {
            Leave();
        }
    }

    private async ValueTask SayGoodbyeAsync()
    {
        if (!await _connection.FlushAsync())
        {
            return;
        }

        if (_lingers)
        {
            _connection.SetDeadline(_lingering);
            await _connection.LingerAsync();
        }
        else if (IsEncrypted)
        {
            await _connection.EndSendingAsync();
        }
    }

    private void Leave() => _over = true;

    /// <summary>Leaves a client that is likely to be sending still, so that it sees why.</summary>
    private void LeaveLingering()
    {
        _over = true;
        _lingers = true;
    }

    /// <summary>Replies to a command that was right.</summary>
    private void Accept(ReadOnlySpan<byte> line)
    {
        _mistakes = 0;
        Reply(line);
    }

    /// <summary>Replies to a command that no client should send.</summary>
    private void Mistake(ReadOnlySpan<byte> line)
    {
        Reply(line);
        if (++_mistakes >= MaxMistakes && !_over)
        {
            _log.TooManyMistakes(_connection.Remote, _mistakes);
            Reply(SmtpReplies.TooManyErrors);
            LeaveLingering();
        }
    }
}
