// One message to one host, MAIL to the end of data: which commands, in how few writes, and whose reply is whose.
// Owned by one connection and used again for each message on it. Whatever the peer does, every recipient of the order ends with a verdict in Verdicts,
// or stays without one where the returned end says that it was not attempted here. Peers never cause an exception; a failing spool does.
// Methods that wait in every message have pooled state: a reused connection allocates next to nothing for the next message.
// This file: commands and replies in their order. OutgoingTransaction.Verdicts.cs: what the replies mean.

using System.Runtime.CompilerServices;
using Godwit.Diagnostics;
using Godwit.Disposition;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;
using Godwit.Smtp;

namespace Godwit.Delivery;

/// <summary>The sending side of MAIL..DATA. Not thread safe.</summary>
/// <param name="oneDomain">Recipients of other domains than the first one's are left for a transaction of their own.</param>
internal sealed partial class OutgoingTransaction(
    PeerConnection peer, ReplyReactions reactions, DeliverySettings settings, ServerClock clock, bool oneDomain = false)
{
    /// <summary>
    /// Recipients in one pipelined group. Their replies must fit into what the system buffers for us while we still send (RFC 2920 section 3.1):
    /// 100 replies of the longest legal line are 51 KB.
    /// </summary>
    private const int PipelineWindow = 100;

    /// <summary>
    /// A message up to this size for up to this many recipients goes out whole, content included, in one write (RFC 3030): one round trip instead of three.
    /// The price of a refusal is the content sent in vain, so it stays small against what the round trips cost.
    /// </summary>
    private const int WholeUpToOctets = 64 * 1024;

    private const int WholeUpToRecipients = 5;

    private readonly bool _pipelining = peer.Extensions.Has(SmtpExtension.Pipelining) && !settings.IgnorePipelining;
    private readonly bool _chunking = peer.Extensions.Has(SmtpExtension.Chunking) && !settings.IgnoreChunking;
    private readonly ContentSender _sender = new(peer);
    private bool _needsReset;

    // Of the current message.
    private DeliveryOrder _order = null!;
    private MessageContent _content = null!;
    private Verdict?[] _verdicts = [];
    private int _rcptSent;
    private int _rcptAnswered;
    private int _accepted;
    private bool _mailPending;
    private bool _dataPending;
    private bool _inContent;
    private bool _contentSent;
    private bool _ended;
    private SmtpReply? _mailReply;
    private SmtpReply? _dataReply;
    private SmtpReply? _unavailable;
    private SmtpReply? _skipped;
    private Verdict? _queueVerdict;
    private ReplyConsequence _led = ReplyConsequence.None;
    private SmtpReply? _ledBy;
    private bool _reconnects;

    /// <summary>The fate of each recipient of the order, in its order; valid until the next run.</summary>
    public ReadOnlySpan<Verdict?> Verdicts => _verdicts;

    /// <summary>Somebody has the message.</summary>
    public bool HasDelivered => Array.Exists(_verdicts, static verdict => verdict?.Kind == VerdictKind.Delivered);

    /// <summary>The reply behind <see cref="TransactionEnd.HostUnavailable"/>.</summary>
    public SmtpReply? Unavailable => _skipped ?? _unavailable;

    /// <summary>The verdict behind <see cref="TransactionEnd.QueueBounced"/>.</summary>
    public Verdict? QueueVerdict => _queueVerdict;

    /// <summary>The peer has said 354 and was told nothing: a command would be content to it.</summary>
    public bool AwaitsContent => _dataReply is { IsIntermediate: true } && !_inContent && !_ended;

    /// <summary>Sends one message to the recipients of one order.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<TransactionEnd> RunAsync(DeliveryOrder order, MessageContent content)
    {
        Begin(order, content);
        if (content.Envelope.Windows is { } windows && !windows.IsOpen(clock.Now))
        {
            Array.Fill(_verdicts, DeliveryVerdicts.OutsideWindows(windows, clock.Now));
            return TransactionEnd.Done;
        }

        if (oneDomain)
        {
            LeaveOtherDomains();
        }

        TransactionEnd end = await SendAsync();
        TakeBackOtherDomains();
        return end;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<TransactionEnd> SendAsync()
    {
        PeerFit fit = PeerFitPolicy.Decide(_content, AnyRecipientNeedsUtf8(), peer, settings);
        if (fit.Refusal is { } refusal && Refuse(refusal, fit.OnlyUtf8Recipients))
        {
            return TransactionEnd.Done;
        }

        // 6 MAIL and RCPT; with pipelining DATA follows in the same write, or the content itself.
        bool inStep = await SendEnvelopeAsync(fit.Parameters);

        // 7 DATA: the content, where the peer wants it and there is somebody to have it.
        if (inStep && !_inContent && _dataReply is { IsIntermediate: true })
        {
            inStep = MailAccepted && _accepted > 0 ? StopsHere || await SendContentAsync() : await SendLoneDotAsync();
        }

        // 8 Replies become verdicts.
        return await EndAsync(inStep);
    }

    private bool MailAccepted => _mailReply is null or { IsPositive: true };

    private void Begin(DeliveryOrder order, MessageContent content)
    {
        _order = order;
        _content = content;
        if (_verdicts.Length != order.Count)
        {
            _verdicts = new Verdict?[order.Count];
        }

        Array.Clear(_verdicts);
        _rcptSent = _rcptAnswered = _accepted = 0;
        _mailPending = _dataPending = _inContent = _contentSent = _ended = false;
        _mailReply = _dataReply = _unavailable = _skipped = null;
        (_queueVerdict, _led, _ledBy, _reconnects) = (null, ReplyConsequence.None, null, false);
    }

    private EnvelopeRecipient Recipient(int index) => _content.Envelope.Recipients[_order[index].Index];

    private bool AnyRecipientNeedsUtf8()
    {
        for (int i = 0; i < _verdicts.Length; i++)
        {
            if (Recipient(i).Address.NeedsSmtpUtf8)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Refuses what the peer cannot take without asking it. True when nobody is left to ask for.</summary>
    private bool Refuse(SmtpReply refusal, bool onlyUtf8Recipients)
    {
        Verdict failed = DeliveryVerdicts.MessageFailed(refusal, clock.Now);
        for (int i = 0; i < _verdicts.Length; i++)
        {
            _verdicts[i] ??= !onlyUtf8Recipients || Recipient(i).Address.NeedsSmtpUtf8 ? failed : null;
        }

        return !AnyOpen;
    }

    private bool AnyOpen => _verdicts.AsSpan().Contains(null);

    /// <summary>Sends MAIL, the RCPTs and DATA or the whole content, and reads their replies. False when the connection is lost.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> SendEnvelopeAsync(MailParameters parameters)
    {
        if (_needsReset && !await ResetAsync())
        {
            return false;
        }

        peer.Commands.Mail(_content.Envelope, parameters);
        _mailPending = true;
        if (!_pipelining && !await TakeRepliesAsync())
        {
            return !peer.Lost;
        }

        while (_rcptSent < _verdicts.Length)
        {
            WriteRcpts(parameters, _pipelining ? PipelineWindow : 1);
            bool last = _rcptSent == _verdicts.Length;
            if (!(_pipelining && last) && !await TakeRepliesAsync())
            {
                return !peer.Lost;
            }
        }

        // With everyone refused already, DATA would be refused too.
        if (_rcptAnswered < _rcptSent || _accepted > 0)
        {
            WriteData();
            await TakeRepliesAsync();
        }

        return !peer.Lost;
    }

    private void WriteRcpts(in MailParameters parameters, int most)
    {
        for (int written = 0; written < most && _rcptSent < _verdicts.Length; _rcptSent++)
        {
            if (_verdicts[_rcptSent] is null)
            {
                peer.Commands.Rcpt(Recipient(_rcptSent), parameters);
                written++;
            }
        }
    }

    private void WriteData()
    {
        _dataPending = true;
        if (MayGoWhole(out ReadOnlyMemory<byte> whole))
        {
            _inContent = _contentSent = true;
            peer.Commands.BdatLast((int)_content.Length);
            peer.Observer?.Content(_content.Before.Span);
            peer.Observer?.Content(whole.Span);
            HexDump? dump = peer.NewDump();
            dump?.Add(_content.Before.Span);
            dump?.Add(whole.Span);
            peer.Connection.Write(_content.Before.Span);
            peer.Connection.Write(whole.Span);
        }
        else
        {
            peer.Commands.Data();
        }
    }

    /// <summary>Whether the content may follow at once. It must be in one canonical piece, because a chunk is sent octet by octet.</summary>
    private bool MayGoWhole(out ReadOnlyMemory<byte> whole)
    {
        whole = default;
        if (!_chunking || !_pipelining || _content.Length > WholeUpToOctets || _verdicts.Length > WholeUpToRecipients)
        {
            return false;
        }

        if (_content.TryReadNext(out whole) && whole.Length == _content.Length - _content.Before.Length && DotStuffing.IsCanonical(whole.Span))
        {
            return true;
        }

        _content.Rewind();
        return false;
    }

    /// <summary>Sends what is written and reads every reply that is due for it. False when the transaction must not go on.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> TakeRepliesAsync()
    {
        await peer.FlushAsync(_inContent ? settings.DataSendTimeout : settings.SmtpCommandTimeout);
        if (_mailPending)
        {
            _mailPending = false;
            _mailReply = await ReadStepAsync("MAIL", settings.SmtpCommandTimeout);
            TakeMailReply();
        }

        while (!peer.Lost && _rcptAnswered < _rcptSent)
        {
            if (_verdicts[_rcptAnswered] is not null)
            {
                _rcptAnswered++;
            }
            else if (await ReadStepAsync("RCPT", settings.SmtpCommandTimeout) is { } reply)
            {
                TakeRcptReply(reply);
                _rcptAnswered++;
            }
        }

        if (!peer.Lost && _dataPending)
        {
            _dataPending = false;
            _dataReply = _inContent ? await ReadStepAsync("BDAT", settings.DataTerminationTimeout) : await ReadStepAsync("DATA", settings.SmtpCommandTimeout);
            _ended = _inContent && _dataReply is { IsPositive: true };
            TakeDataReply();
        }

        return !peer.Lost && MailAccepted && !StopsHere;
    }

    /// <summary>
    /// Reads one reply. A positive reply where only 354 goes on, or a 354 where nothing was asked for, means that the two sides are out of step.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<SmtpReply?> ReadStepAsync(string step, TimeSpan timeout)
    {
        SmtpReply? reply = await peer.ReadReplyAsync(timeout);
        if (reply is not null && (step == "DATA" ? reply.IsPositive : reply.IsIntermediate))
        {
            peer.LoseStep(step, reply);
            return null;
        }

        _unavailable = reply is { Code: 421 } ? reply : _unavailable;
        return reply;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> SendContentAsync()
    {
        _inContent = true;
        _contentSent = await _sender.SendAsync(_content, settings.DataSendTimeout);
        _dataReply = await ReadStepAsync("the end of data", settings.DataTerminationTimeout);
        if (!_contentSent && _dataReply is { IsPositive: true })
        {
            peer.LoseStep("unfinished data", _dataReply);
            _dataReply = null;
        }

        _ended = true;
        TakeDataReply();
        return !peer.Lost;
    }

    /// <summary>Answers a 354 that came although no recipient was accepted (RFC 2920 section 3.1).</summary>
    private async ValueTask<bool> SendLoneDotAsync()
    {
        peer.Connection.Write(".\r\n"u8);
        await peer.FlushAsync(settings.SmtpCommandTimeout);
        _ended = await peer.ReadReplyAsync(settings.DataTerminationTimeout) is not null;
        return _ended;
    }

    /// <summary>Brings the peer back to where MAIL may come. False when the connection is lost.</summary>
    private async ValueTask<bool> ResetAsync()
    {
        peer.Commands.Rset();
        await peer.FlushAsync(settings.SmtpCommandTimeout);
        SmtpReply? reply = await peer.ReadReplyAsync(settings.SmtpCommandTimeout);
        _needsReset = false;
        return reply is not null;
    }
}
