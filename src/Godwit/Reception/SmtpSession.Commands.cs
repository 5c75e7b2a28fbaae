// What each command does (RFC 5321 section 4.1.1 and the extensions). Nothing here waits: a command changes the transaction and writes its reply,
// or says what must be waited for.

using System.Buffers.Text;
using System.Text;
using System.Text.Unicode;
using Godwit.Diagnostics;
using Godwit.Mail;
using Godwit.Settings;
using Godwit.Smtp;
using Godwit.Verification;

namespace Godwit.Reception;

public sealed partial class SmtpSession
{
    /// <summary>RFC 5321 section 4.5.3.1.2.</summary>
    private const int MaxClientName = 255;

    private Next Execute(ReadOnlySpan<byte> line)
    {
        SmtpCommand command = SmtpCommand.Parse(line);
        if (_client.Source.LogCommands)
        {
            _log.CommandReceived(_connection.Remote, Shown(line, command.Verb));
        }

        switch (command.Verb)
        {
            case SmtpVerb.Rcpt:
                Rcpt(command.Argument, line.Length);
                break;
            case SmtpVerb.Mail:
                return Mail(command.Argument, line.Length);
            case SmtpVerb.Data:
                return Data(command.Argument);
            case SmtpVerb.Bdat:
                return Bdat(command.Argument);
            case SmtpVerb.Auth:
                return Auth(line);
            case SmtpVerb.Ehlo:
            case SmtpVerb.Helo:
                Hello(command.Argument, command.Verb == SmtpVerb.Ehlo);
                break;
            case SmtpVerb.Quit when command.Argument.IsEmpty:
                SayGoodbye();
                break;
            case SmtpVerb.Rset when command.Argument.IsEmpty:
                _transaction.End();
                Accept(SmtpReplies.Ok);
                break;
            case SmtpVerb.Quit or SmtpVerb.Rset:
                Mistake(SmtpReplies.NoArgument);
                break;
            case SmtpVerb.Noop:
                Accept(SmtpReplies.Ok);
                break;
            case SmtpVerb.Help:
                Accept(SmtpReplies.Help);
                break;
            case SmtpVerb.Vrfy:
                Accept(SmtpReplies.CannotVerify);
                break;
            case SmtpVerb.StartTls:
                return StartTls(command.Argument);
            case SmtpVerb.Unknown:
                Mistake(SmtpReplies.UnknownCommand);
                break;
            default:
                Mistake(SmtpReplies.NotImplemented);
                break;
        }

        return Next.Command;
    }

    private void Hello(ReadOnlySpan<byte> name, bool extended)
    {
        if (name.IsEmpty || name.Length > MaxClientName || name.ContainsAnyExceptInRange((byte)' ', (byte)'~'))
        {
            Mistake(SmtpReplies.BadClientName);
            return;
        }

        // RFC 5321 section 4.1.4: EHLO in the middle of a transaction ends it.
        _transaction.End();
        FollowSettings();
        _client = _client with { Name = SafeName(name), Extended = extended };
        if (extended)
        {
            ShowExtensions();
            return;
        }

        Span<byte> line = stackalloc byte[MaxReplyLine];
        Utf8.TryWrite(line, $"250 {_server.HostName} says hello\r\n", out int length);
        Accept(line[..length]);
    }

    private void ShowExtensions()
    {
        SourceSettings source = _client.Source;
        string chunking = source.AllowChunking ? "250-CHUNKING\r\n" : "";
        string smtpUtf8 = source.AllowSmtpUtf8 ? "250-SMTPUTF8\r\n" : "";
        string startTls = OffersStartTls ? "250-STARTTLS\r\n" : "";

        // RFC 1870 section 4: zero says that there is no fixed limit.
        long size = Math.Min(source.MaxMessageSize, ClientPolicy.ServerMaxOctets);
        string auth = AuthKeyword;
        Span<byte> lines = stackalloc byte[2 * MaxReplyLine];
        Utf8.TryWrite(
            lines,
            $"250-{_server.HostName} says hello\r\n250-ENHANCEDSTATUSCODES\r\n250-PIPELINING\r\n"
            + $"{startTls}{chunking}250-8BITMIME\r\n{smtpUtf8}{auth}250-SIZE {size}\r\n250 DSN\r\n",
            out int length);
        Accept(lines[..length]);
    }

    private void SayGoodbye()
    {
        Span<byte> line = stackalloc byte[MaxReplyLine];
        Utf8.TryWrite(line, $"221 2.0.0 {_server.HostName} says goodbye\r\n", out int length);
        Reply(line[..length]);
        Leave();
    }

    private Next Mail(ReadOnlySpan<byte> argument, int lineLength)
    {
        if (_client.Name.Length == 0)
        {
            Mistake(SmtpReplies.SayHelloFirst);
            return Next.Command;
        }

        if (_transaction.IsOpen)
        {
            Mistake(_transaction.InChunks ? SmtpReplies.ChunksHaveBegun : SmtpReplies.SenderAlreadyGiven);
            return Next.Command;
        }

        if (Volatile.Read(ref _stopping))
        {
            Reply(SmtpReplies.ShuttingDown);
            LeaveLingering();
            return Next.Command;
        }

        FollowSettings();
        if (WhyNoMail is { IsEmpty: false } refusal)
        {
            Mistake(refusal);
            return Next.Command;
        }

        ArgumentFault fault = MailArgument.Parse(argument, _client.Source.AllowSmtpUtf8, out MailArgument mail);
        if (lineLength + 2 > SmtpCommand.MaxEnvelopeLine || fault != ArgumentFault.None)
        {
            RefuseArgument(fault, lineLength, SmtpReplies.BadMail, SmtpReplies.BadSender, SmtpReplies.SenderNotAscii);
        }
        else if (mail.Size > ClientPolicy.MaxOctets(_client.Source))
        {
            Reply(SmtpReplies.TooLarge);
        }
        else if (!_door.MayAccept(out SmtpReply closed))
        {
            Reply(closed);
        }
        else
        {
            _transaction.Open(mail);
            if (_door.Checks is not null && SenderChecks.WantsAny(_client.Source))
            {
                return Next.Checks;
            }

            Accept(SmtpReplies.MailOk);
        }

        return Next.Command;
    }

    private void Rcpt(ReadOnlySpan<byte> argument, int lineLength)
    {
        if (!_transaction.IsOpen || _transaction.InChunks)
        {
            Mistake(_transaction.IsOpen ? SmtpReplies.ChunksHaveBegun : SmtpReplies.SayMailFirst);
            return;
        }

        ArgumentFault fault = RcptArgument.Parse(argument, _transaction.SmtpUtf8, out RcptArgument rcpt);
        _transaction.SawRcpt = true;
        if (lineLength + 2 > SmtpCommand.MaxEnvelopeLine || fault != ArgumentFault.None)
        {
            RefuseArgument(fault, lineLength, SmtpReplies.BadRcpt, SmtpReplies.BadRecipient, SmtpReplies.RecipientNotAscii);
        }
        else if (_transaction.Recipients.Count >= ClientPolicy.MaxRecipients(_client.Source))
        {
            PutOffRecipient();
        }
        else if (!ClientPolicy.MayRelay(rcpt.Recipient, _client.Source, _server))
        {
            DenyRelaying(rcpt.Recipient);
        }
        else
        {
            _transaction.Add(rcpt);
            _relayDebt -= _relayDebt > 0 ? 1 : 0;
            Span<byte> line = stackalloc byte[MaxReplyLine];
            Utf8.TryWrite(line, $"250 2.1.5 <{rcpt.Recipient.Text}> ok\r\n", out int length);
            Accept(line[..length]);
        }
    }

    private void PutOffRecipient()
    {
        if (!_manyRecipientsLogged)
        {
            _manyRecipientsLogged = true;
            _log.TooManyRecipients(_connection.Remote, ClientPolicy.MaxRecipients(_client.Source), _client.Source.Name);
        }

        Reply(SmtpReplies.TooManyRecipients);
    }

    /// <summary>Whoever only tries addresses here, and never has mail for us, is shown the door in the end.</summary>
    private void DenyRelaying(EmailAddress recipient)
    {
        if (++_relayDenials <= RelayDenialsLogged)
        {
            _log.RelayDenied(_connection.Remote, recipient.Text);
        }

        Reply(SmtpReplies.RelayDenied);
        if (++_relayDebt >= MaxRelayDenials)
        {
            _log.TooManyRelayAttempts(_connection.Remote, _relayDenials);
            Reply(SmtpReplies.TooManyErrors);
            LeaveLingering();
        }
    }

    private void RefuseLongLine(int limit)
    {
        if (!_longLineLogged)
        {
            _longLineLogged = true;
            _log.CommandTooLong(_connection.Remote, limit);
        }

        Mistake(SmtpReplies.LineTooLong);
    }

    /// <summary>Wrong addresses are the daily bread of bulk mail and no mistakes of the client; wrong syntax is one.</summary>
    private void RefuseArgument(
        ArgumentFault fault, int lineLength, ReadOnlySpan<byte> syntax, ReadOnlySpan<byte> address, ReadOnlySpan<byte> notAscii)
    {
        if (lineLength + 2 > SmtpCommand.MaxEnvelopeLine)
        {
            RefuseLongLine(SmtpCommand.MaxEnvelopeLine);
            return;
        }

        switch (fault)
        {
            case ArgumentFault.Address:
                Reply(address);
                break;
            case ArgumentFault.NotAscii:
                Reply(notAscii);
                break;
            case ArgumentFault.UnknownParameter:
                Mistake(SmtpReplies.UnknownParameter);
                break;
            case ArgumentFault.ParameterValue:
                Mistake(SmtpReplies.BadParameter);
                break;
            default:
                Mistake(syntax);
                break;
        }
    }

    private Next Data(ReadOnlySpan<byte> argument)
    {
        if (!argument.IsEmpty)
        {
            Mistake(SmtpReplies.NoArgument);
        }
        else if (!_transaction.IsOpen)
        {
            Mistake(SmtpReplies.SayMailFirst);
        }
        else if (_transaction.InChunks)
        {
            // RFC 3030 section 2: DATA and BDAT do not mix.
            Mistake(SmtpReplies.ChunksHaveBegun);
        }
        else if (_transaction.Recipients.Count == 0)
        {
            RefuseWithoutRecipients();
        }
        else
        {
            Accept(SmtpReplies.SendMessage);
            return Next.Data;
        }

        return Next.Command;
    }

    private void RefuseWithoutRecipients()
    {
        if (_transaction.SawRcpt)
        {
            Reply(SmtpReplies.NoValidRecipients);
        }
        else
        {
            Mistake(SmtpReplies.SayRcptFirst);
        }
    }

    private Next Bdat(ReadOnlySpan<byte> argument)
    {
        int blank = argument.IndexOf((byte)' ');
        ReadOnlySpan<byte> size = blank < 0 ? argument : argument[..blank];
        ReadOnlySpan<byte> last = blank < 0 ? default : argument[blank..].TrimStart((byte)' ');
        _chunkIsLast = Ascii.EqualsIgnoreCase(last, "LAST"u8);
        if (!Utf8Parser.TryParse(size, out _chunkLeft, out int used) || used != size.Length || size[0] is (byte)'+' or (byte)'-'
            || (!last.IsEmpty && !_chunkIsLast))
        {
            // Without the count nobody knows where the next command starts.
            _chunkLeft = 0;
            Reply(SmtpReplies.BadChunk);
            LeaveLingering();
            return Next.Command;
        }

        _chunkSize = _chunkLeft;
        return Next.Chunk;
    }

    /// <summary>A reload reaches a session between its messages.</summary>
    private void FollowSettings()
    {
        if (!ReferenceEquals(_server, _settings.Value))
        {
            _server = _settings.Value;
            FollowUsers();
        }
    }

    /// <summary>The name is only said again in Received and in records; what could break a comment or a field there becomes a question mark.</summary>
    private static string SafeName(ReadOnlySpan<byte> name) =>
        string.Create(name.Length, name, static (text, octets) =>
        {
            for (int i = 0; i < text.Length; i++)
            {
                char c = (char)octets[i];
                text[i] = char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or ':' or '[' or ']' or '/' or '+' ? c : '?';
            }
        });
}
