// AUTH (RFC 4954): from the command to the reply that ends it. Of what a client sends here nothing is ever logged but the mechanism's name, and the user's
// if there is one of that name: whoever confuses the fields types a password where the name belongs.

using System.Buffers.Text;
using System.Text.Unicode;
using Godwit.Diagnostics;
using Godwit.Foundation;
using Godwit.Sasl;
using Godwit.Settings;
using Godwit.Smtp;

namespace Godwit.Reception;

public sealed partial class SmtpSession
{
    /// <summary>Failures before we hang up: a person mistypes twice, a program that guesses has to connect anew for each three.</summary>
    public const int MaxAuthFailures = 3;

    /// <summary>The first failure is answered so much later, the second twice as much: nobody guesses fast, and nobody who mistyped minds.</summary>
    internal static readonly TimeSpan AuthPenalty = TimeSpan.FromSeconds(1);

    private readonly AuthDesk _desk;
    private SmtpUserSettings? _user;
    private SaslExchange? _exchange;
    private byte[]? _initialResponse;
    private WakeSignal? _penaltyOver;
    private int _authFailures;

    /// <summary>A line may be one that belongs to AUTH and came too late: then it is not shown.</summary>
    private bool _sawAuth;

    private UserBook Users => _desk.UsersOf(_server);

    /// <summary>The mechanisms that this client may use now.</summary>
    private SaslMechanism OfferedMechanisms =>
        _user is null && _server.SmtpUsers.Count > 0 ? AuthPolicy.Offered(_client.Source, SomeMechanisms, IsEncrypted) : SaslMechanism.None;

    /// <summary>What some user could authenticate with, if the connection were encrypted.</summary>
    private SaslMechanism SomeMechanisms => Users.Mechanisms | (CertifiedUsers().Count > 0 ? SaslMechanism.External : SaslMechanism.None);

    /// <summary>The keyword line of EHLO; empty when nobody could use it.</summary>
    private string AuthKeyword => OfferedMechanisms is not SaslMechanism.None and var offered ? $"250-AUTH {SaslMechanisms.Names(offered)}\r\n" : "";

    /// <summary>Whether too many have failed to authenticate from this address.</summary>
    private bool IsShutOut => _client.Source.RequireAuth && _desk.Failures.IsLocked(_client.Address, _client.Source.SmtpMaxAuthFailureRate, _desk.Now);

    /// <summary>
    /// Why this client may not send at all; empty when it may. smtp-service no of a user's source is met here, for the greeting came before.
    /// Whoever cannot authenticate as things are is told what has to come first (RFC 3207 section 4).
    /// </summary>
    private ReadOnlySpan<byte> WhyNoMail =>
        !_client.Source.SmtpService ? SmtpReplies.NoMailFromUser
        : !_client.Source.RequireAuth || _user is not null ? default
        : OffersStartTls && _client.Source.AllowAuth && OfferedMechanisms == SaslMechanism.None ? SmtpReplies.StartTlsFirst
        : SmtpReplies.AuthRequired;

    /// <summary>A command line as the log may have it.</summary>
    private string Shown(ReadOnlySpan<byte> line, SmtpVerb verb)
    {
        ReadOnlySpan<byte> word = line.TrimStart(" \t"u8);
        if (verb == SmtpVerb.Auth || (word.Length >= 4 && System.Text.Ascii.EqualsIgnoreCase(word[..4], "AUTH"u8)))
        {
            _sawAuth = true;
            SaslMechanism mechanism = SaslMechanisms.Read(FirstWord(line[(line.Length - word.Length)..], out _));
            return mechanism == SaslMechanism.None ? "AUTH ***" : $"AUTH {SaslMechanisms.Name(mechanism)} ***";
        }

        return _sawAuth && verb == SmtpVerb.Unknown ? "*** (unknown, not shown behind AUTH)" : Printable(line);
    }

    /// <summary>The mechanism of an AUTH line, and what stands behind it.</summary>
    private static ReadOnlySpan<byte> FirstWord(ReadOnlySpan<byte> line, out ReadOnlySpan<byte> rest)
    {
        int blank = line.IndexOfAny(" \t"u8);
        ReadOnlySpan<byte> argument = blank < 0 ? default : line[blank..].Trim(" \t"u8);
        int end = argument.IndexOf((byte)' ');
        rest = end < 0 ? default : argument[end..].Trim((byte)' ');
        return end < 0 ? argument : argument[..end];
    }

    private Next Auth(ReadOnlySpan<byte> line)
    {
        // Between messages a reload counts at once: an old password is not good any more, and a new one is.
        if (!_transaction.IsOpen)
        {
            FollowSettings();
        }

        ReadOnlySpan<byte> name = FirstWord(line, out ReadOnlySpan<byte> initial);
        SaslMechanism mechanism = SaslMechanisms.Read(name);
        byte[]? response = null;
        if (WhyNot(name, mechanism) is { IsEmpty: false } refusal)
        {
            Mistake(refusal);
        }
        else if (IsShutOut)
        {
            ShutOut();
        }
        else if (!initial.IsEmpty && !TryDecode(initial, isInitial: true, out response))
        {
            Mistake(SmtpReplies.BadAuthResponse);
        }
        else
        {
            _exchange = SaslExchange.Begin(mechanism, Users, AuthFailures.Whole(_client.Address), _server.HostName, CertifiedUsers());
            _initialResponse = response;
            if (response is null || _exchange.ClientFirst)
            {
                return Next.Auth;
            }

            // RFC 4954 section 4: such a mechanism has no initial response.
            Mistake(SmtpReplies.NoInitialResponse);
        }

        return Next.Command;
    }

    /// <summary>Why AUTH is not possible, in the order in which a client can do something about it; empty when it is.</summary>
    private ReadOnlySpan<byte> WhyNot(ReadOnlySpan<byte> name, SaslMechanism mechanism)
    {
        SourceSettings source = _client.Source;
        return !source.AllowAuth || _server.SmtpUsers.Count == 0 ? SmtpReplies.NotImplemented
            : _client.Name.Length == 0 || !_client.Extended ? SmtpReplies.SayEhloFirst
            : _user is not null ? SmtpReplies.AuthenticatedAlready
            : _transaction.IsOpen ? SmtpReplies.NoAuthInTransaction
            : name.IsEmpty ? SmtpReplies.BadAuth
            : source.RequireStartTlsBeforeAuth && !IsEncrypted ? SmtpReplies.StartTlsFirst
            : (OfferedMechanisms & mechanism) != SaslMechanism.None ? default
            : (SomeMechanisms & mechanism) != SaslMechanism.None ? SmtpReplies.EncryptionRequired
            : SmtpReplies.UnknownMechanism;
    }

    /// <summary>The users whose certificate the client has proved to hold.</summary>
    private IReadOnlyList<SmtpUserSettings> CertifiedUsers() =>
        ClientCertificate.IsVerified ? [.. Users.WithCertificate.Where(user => ClientCertificate.Is(user.Certificate!))] : [];

    /// <summary>The exchange, from the initial response or the first challenge to its end.</summary>
    private async ValueTask AuthenticateAsync()
    {
        SaslExchange exchange = _exchange!;
        byte[]? response = _initialResponse;
        (_exchange, _initialResponse) = (null, null);
        while (true)
        {
            // What we do ourselves is not the client's time.
            _connection.SetDeadline(Timeout.InfiniteTimeSpan);
            SaslStep step = await exchange.StepAsync(response);
            if (step.Status != SaslStatus.Challenge)
            {
                await ConcludeAsync(exchange, step.Status);
                break;
            }

            Challenge(step.Challenge.Span);
            if ((response = await ReadResponseAsync()) is null)
            {
                break;
            }
        }

        _connection.SetDeadline(_client.Source.SmtpCommandTimeout);
    }

    private void Challenge(ReadOnlySpan<byte> octets)
    {
        _connection.Write("334 "u8);
        byte[] text = new byte[Base64.GetMaxEncodedToUtf8Length(octets.Length)];
        Base64.EncodeToUtf8(octets, text, out _, out int length);
        _connection.Write(text.AsSpan(0, length));
        _connection.Write("\r\n"u8);
        if (_client.Source.LogCommands)
        {
            _log.ReplySent(_connection.Remote, "334 ***");
        }
    }

    /// <summary>The client's answer to a challenge; null, behind a reply or a farewell, when there is none.</summary>
    private async ValueTask<byte[]?> ReadResponseAsync()
    {
        while (!_over)
        {
            switch (SmtpCommand.FindLine(_connection.Buffered, out int length, SmtpCommand.MaxAuthLine))
            {
                case CommandLineStatus.Complete:
                    _waiting = false;
                    byte[]? response = Response(_connection.Buffered[..length]);
                    _connection.Consume(length + 2);
                    return response;

                case CommandLineStatus.Partial:
                    await WaitForCommandAsync();
                    break;

                case CommandLineStatus.TooLong:
                    _waiting = false;
                    await SkipLineAsync();
                    RefuseLongLine(SmtpCommand.MaxAuthLine);
                    return null;

                default:
                    _log.BadLineEndInCommand(_connection.Remote);
                    Reply(SmtpReplies.BadLineEnd);
                    LeaveLingering();
                    break;
            }
        }

        return null;
    }

    private byte[]? Response(ReadOnlySpan<byte> line)
    {
        if (_client.Source.LogCommands)
        {
            _log.CommandReceived(_connection.Remote, "***");
        }

        if (line is [(byte)'*'])
        {
            // RFC 4954 section 4 allows it, once; who does nothing else only collects challenges.
            Mistake(SmtpReplies.AuthCancelled);
            return null;
        }

        if (!TryDecode(line, isInitial: false, out byte[]? response))
        {
            Mistake(SmtpReplies.BadAuthResponse);
        }

        return response;
    }

    /// <summary>Base64 (RFC 4648 section 4) and nothing else; an initial response that is empty is written as an equals sign.</summary>
    private static bool TryDecode(ReadOnlySpan<byte> text, bool isInitial, out byte[]? octets)
    {
        octets = isInitial && text is [(byte)'='] ? [] : null;
        if (octets is not null)
        {
            return true;
        }

        // The decoder passes over blanks; RFC 4954 section 4 does not.
        byte[] decoded = new byte[Base64.GetMaxDecodedFromUtf8Length(text.Length)];
        if (text.ContainsAny(" \t"u8) || text.Length % 4 != 0
            || Base64.DecodeFromUtf8(text, decoded, out _, out int length) != System.Buffers.OperationStatus.Done)
        {
            return false;
        }

        octets = decoded[..length];
        return true;
    }

    private async ValueTask ConcludeAsync(SaslExchange exchange, SaslStatus status)
    {
        switch (status)
        {
            case SaslStatus.Success:
                Welcome(exchange.User!, exchange.Mechanism);
                break;
            case SaslStatus.Malformed:
                Mistake(SmtpReplies.BadAuthResponse);
                break;
            case SaslStatus.Busy:
                if (!Volatile.Read(ref _stopping))
                {
                    _log.AuthPutOff(_connection.Remote, PasswordWork.MaxWaitingOfOne, PasswordWork.MaxWaiting);
                }

                Reply(SmtpReplies.AuthBusy);
                break;
            default:
                await FailAsync(exchange);
                break;
        }
    }

    private void Welcome(SmtpUserSettings user, SaslMechanism mechanism)
    {
        _user = user;
        FollowUser();
        if (_client.Source.LogConnections)
        {
            _log.ClientAuthenticated(_connection.Remote, user.Name, SaslMechanisms.Name(mechanism), _client.Source.Name);
        }

        _entrance.Counters.Auth.Add(SaslMechanisms.Name(mechanism), "ok");
        Accept(SmtpReplies.Authenticated);
    }

    private async ValueTask FailAsync(SaslExchange exchange)
    {
        _authFailures++;
        _entrance.Counters.Auth.Add(SaslMechanisms.Name(exchange.Mechanism), "failed");
        bool shutOut = _client.Source.RequireAuth && _desk.Failures.Add(_client.Address, _client.Source.SmtpMaxAuthFailureRate, _desk.Now);
        _log.AuthFailed(_connection.Remote, SaslMechanisms.Name(exchange.Mechanism), exchange.Claimed?.Name ?? "(unknown)");
        _penaltyOver ??= new WakeSignal();

        // Either we see the stop here, or the stop sees that somebody waits.
        Interlocked.MemoryBarrier();
        if (!Volatile.Read(ref _stopping))
        {
            await _penaltyOver.WaitAsync(AuthPenalty * _authFailures, _time, CancellationToken.None);
        }

        Reply(SmtpReplies.AuthFailed);
        if (shutOut)
        {
            ShutOut();
        }
        else if (_authFailures >= MaxAuthFailures)
        {
            Reply(SmtpReplies.TooManyAuthFailures);
            LeaveLingering();
        }
    }

    private void ShutOut()
    {
        _log.ClientShutOut(_connection.Remote, _client.Source.SmtpMaxAuthFailureRate);
        Reply(SmtpReplies.TooManyAuthFailures);
        LeaveLingering();
    }

    /// <summary>The rules of whoever the client is now: by its address, and by the user's source in the place of the listener's.</summary>
    private void FollowUser()
    {
        string named = _user is { Source.Length: > 0 } user ? user.Source : _entrance.Listener.Source;
        _client = _client with { Source = _server.SourceFor(_client.Address, named), User = _user?.Name ?? "" };
    }

    /// <summary>A reload keeps who has authenticated, as long as the user is there and would still authenticate with what it did.</summary>
    private void FollowUsers()
    {
        SmtpUserSettings? now = _user is null ? null : Users.Find(_user.Name);
        bool stays = now is not null && now.Method == _user!.Method && now.Password == _user.Password
            && (now.Method != AuthenticationMethod.Certificate || CertifiedUsers().Contains(now));
        _user = stays ? now : null;
        FollowUser();
    }

    /// <summary>RFC 3207 section 4.2: behind STARTTLS nothing counts that was said before.</summary>
    private void ForgetUser()
    {
        _user = null;
        FollowUser();
    }
}
