// The content of a message: DATA until CRLF.CRLF, BDAT by count, and handing it in. A content that cannot become a message any more
// is read to its end, within a bound, so that what follows it is again a command; then the client is told why.

using System.Runtime.CompilerServices;
using System.Text.Unicode;
using Godwit.Diagnostics;
using Godwit.Intake;
using Godwit.Smtp;
using Godwit.Spool;

namespace Godwit.Reception;

public sealed partial class SmtpSession
{
    /// <summary>Octets of refused content that are read for nothing since the last accepted message; twice the largest attachments that people send.</summary>
    public const long MaxDrained = 100L * 1024 * 1024;

    /// <summary>
    /// Octets a second that a content must come with on average, beyond one data timeout of grace: less than a modem's, more than a slot is worth.
    /// </summary>
    public const int MinDataRate = 1024;

    private readonly DataReceiver _data = new();
    private readonly ChunkInspector _chunks = new();
    private long _chunkSize;
    private long _chunkLeft;
    private bool _chunkIsLast;
    private long _contentStarted;
    private long _contentOctets;
    private long _drained;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask ReceiveDataAsync()
    {
        _data.Begin();
        _transaction.BeginContent(_door.NewContent(), inChunks: false);
        StartPace();
        while (true)
        {
            DataStatus status = TakeData();
            if (status == DataStatus.Complete)
            {
                await FinishContentAsync();
                return;
            }

            if (status == DataStatus.Ambiguous)
            {
                _log.AmbiguousEndOfData(_connection.Remote);
                Reply(SmtpReplies.BareLineEnd);
                LeaveLingering();
                return;
            }

            await ContinueContentAsync();
            if (_over)
            {
                return;
            }
        }
    }

    /// <summary>Moves what is buffered into the content, up to its end or to where the content must spill.</summary>
    private DataStatus TakeData()
    {
        while (!_connection.Buffered.IsEmpty && _transaction.Content?.MustSpill != true)
        {
            Span<byte> room = _transaction.Content is { } content ? content.GetSpan(1) : default;
            DataStatus status = _data.Receive(_connection.Buffered, room, out int consumed, out int written);
            if (status == DataStatus.Ambiguous)
            {
                return status;
            }

            _connection.Consume(consumed);
            Count(consumed, written);
            NoteFault(_data.Fault);
            if (_transaction.Content is null)
            {
                _data.Discard();
            }

            if (status == DataStatus.Complete)
            {
                return status;
            }
        }

        return DataStatus.More;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask ReceiveChunkAsync()
    {
        bool taken = _client.Source.AllowChunking && _transaction is { IsOpen: true, Recipients.Count: > 0, Fault: ContentFault.None };
        if (taken && !_transaction.InChunks)
        {
            _chunks.Begin();
            _transaction.BeginContent(_door.NewContent(), inChunks: true);
        }

        if (taken && _transaction.Content!.Length + _chunkSize > ClientPolicy.MaxOctets(_client.Source))
        {
            _transaction.Fail(ContentFault.TooLarge);
        }

        StartPace();
        while (true)
        {
            TakeChunk(taken);
            if (_chunkLeft == 0)
            {
                break;
            }

            await ContinueContentAsync();
            if (_over)
            {
                return;
            }
        }

        if (taken)
        {
            await FinishChunkAsync();
        }
        else
        {
            RefuseChunk();
        }
    }

    private void TakeChunk(bool taken)
    {
        while (_chunkLeft > 0 && !_connection.Buffered.IsEmpty && _transaction.Content?.MustSpill != true)
        {
            int count = (int)Math.Min(_chunkLeft, _connection.Buffered.Length);
            ReadOnlySpan<byte> octets = _connection.Buffered[..count];
            if (taken && _transaction.Content is { } content)
            {
                _chunks.Inspect(octets);
                content.Append(octets);
            }

            _chunkLeft -= count;
            _connection.Consume(count);
            Count(count, 0);
            NoteFault(_chunks.Fault);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask FinishChunkAsync()
    {
        if (!_chunkIsLast)
        {
            if (_transaction.Fault == ContentFault.None)
            {
                AcceptChunk();
                return;
            }

            // RFC 3030 section 4.2: what the client has pipelined behind a failed chunk is read and refused, until RSET or the last chunk.
            ReplyFault();
            _transaction.Fault = ContentFault.Told;
            return;
        }

        _chunks.Complete();
        NoteFault(_chunks.Fault);
        if (!_chunks.AtLineStart)
        {
            // A message consists of lines (RFC 5322 section 2.1), and DATA has to send it on as such.
            _transaction.Content?.Append("\r\n"u8);
        }

        await FinishContentAsync();
    }

    /// <summary>What has gone ahead to the spool is left out: the beginning is kept here.</summary>
    private void ShowContent(ContentBuffer content)
    {
        var dump = new HexDump(line => _log.DataReceived(_connection.Remote, line));
        dump.Add(content.Header().Span);
        foreach (ReadOnlyMemory<byte> piece in content.BehindHeader())
        {
            dump.Add(piece.Span);
        }
    }

    private void AcceptChunk()
    {
        Span<byte> line = stackalloc byte[MaxReplyLine];
        Utf8.TryWrite(line, $"250 2.6.0 {_chunkSize} octets received\r\n", out int length);
        Accept(line[..length]);
    }

    /// <summary>The chunk is read; now say why it was for nothing.</summary>
    private void RefuseChunk()
    {
        if (!_client.Source.AllowChunking)
        {
            Mistake(SmtpReplies.NotImplemented);
        }
        else if (!_transaction.IsOpen)
        {
            Mistake(SmtpReplies.SayMailFirst);
        }
        else if (_transaction.Recipients.Count == 0)
        {
            RefuseWithoutRecipients();
        }
        else
        {
            Reply(SmtpReplies.ContentHasFailed);
            if (_chunkIsLast)
            {
                _transaction.End();
            }
        }
    }

    /// <summary>The content is complete: hand it in, or say why not.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask FinishContentAsync()
    {
        if (_transaction.Fault == ContentFault.None)
        {
            if (_client.Source.LogData)
            {
                ShowContent(_transaction.Content!);
            }

            // The reply depends on our disk now, not on the client.
            _connection.SetDeadline(Timeout.InfiniteTimeSpan);
            try
            {
                Submission submission = _transaction.ToSubmission(_client);
                if (_transaction.Findings is null)
                {
                    await SubmitAsync(submission);
                }
                else
                {
                    await SubmitCheckedAsync(submission, _transaction.Findings);
                }
            }
            catch (SpoolException failure)
            {
                _log.ContentNotStored(failure, _connection.Remote);
                Reply(SmtpReplies.NotStored);
            }
        }
        else
        {
            ReplyFault();
        }

        _connection.SetDeadline(_client.Source.SmtpCommandTimeout);
        _transaction.End();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SubmitAsync(Submission submission)
    {
        IntakeResult result = await _door.SubmitAsync(submission, CancellationToken.None);
        Reply(result.Reply);
        _mistakes = 0;
        _drained = 0;
    }

    /// <summary>Makes room in memory, and waits for more of the content.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask ContinueContentAsync()
    {
        if (_drained > MaxDrained)
        {
            ReplyFault();
            LeaveLingering();
            return;
        }

        if (_transaction.Content is { MustSpill: true } content)
        {
            try
            {
                await content.SpillAsync(CancellationToken.None);
            }
            catch (SpoolException failure)
            {
                _log.ContentNotStored(failure, _connection.Remote);
                _transaction.Fail(ContentFault.NotStored);
                _data.Discard();
            }
        }

        if (_connection.Buffered.IsEmpty)
        {
            // Progress within each timeout, and a pace over the whole: an octet now and then does not hold a slot for ever.
            TimeSpan timeout = _client.Source.SmtpDataTimeout;
            TimeSpan earned = timeout + TimeSpan.FromSeconds(_contentOctets / MinDataRate) - _time.GetElapsedTime(_contentStarted);
            _connection.SetDeadline(earned < TimeSpan.Zero ? TimeSpan.Zero : earned < timeout ? earned : timeout);
            await FlushAsync();
            if (!_over)
            {
                Heed(await _connection.ReadMoreAsync(soon: true));
            }
        }
    }

    private void StartPace()
    {
        _contentStarted = _time.GetTimestamp();
        _contentOctets = 0;
    }

    private void Count(int consumed, int written)
    {
        _contentOctets += consumed;
        if (_transaction.Content is not { } content)
        {
            _drained += consumed;
            return;
        }

        if (written > 0)
        {
            content.Advance(written);
        }

        if (content.Length > ClientPolicy.MaxOctets(_client.Source))
        {
            _transaction.Fail(ContentFault.TooLarge);
        }
    }

    private void NoteFault(OctetFault fault)
    {
        if (fault != OctetFault.None && _transaction.Content is not null)
        {
            _transaction.Fail(fault == OctetFault.Nul ? ContentFault.Nul : ContentFault.BareLineEnd);
        }
    }

    private void ReplyFault()
    {
        _log.ContentRefused(_connection.Remote, _transaction.Fault.ToString());
        Reply(_transaction.Fault switch
        {
            ContentFault.TooLarge => SmtpReplies.TooLarge,
            ContentFault.NotStored => SmtpReplies.NotStored,
            ContentFault.Nul => SmtpReplies.Nul,
            ContentFault.BareLineEnd => SmtpReplies.BareLineEnd,
            _ => SmtpReplies.ContentHasFailed,
        });
    }
}
