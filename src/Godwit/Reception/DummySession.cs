// One conversation of the built-in sink. Owns its connection. It says yes to every command it knows, in any order; it reads content only as far as
// it must to find the end. Replies to pipelined commands leave together.

using System.Buffers.Text;
using System.Net;
using System.Text;
using Godwit.Settings;
using Godwit.Smtp;

namespace Godwit.Reception;

/// <summary>Speaks SMTP with a client and keeps nothing.</summary>
internal sealed class DummySession(
    SmtpConnection connection, DummyReceiverSettings settings, string hostName, TimeProvider time, Action<long> received, CancellationToken stopping)
{
    /// <summary>A sink waits as long as a real receiver would (RFC 5321 section 4.5.3.2.7).</summary>
    private static readonly TimeSpan _timeout = TimeSpan.FromMinutes(5);

    private readonly DataReceiver _data = new();
    private long _octets;
    private bool _over;

    /// <summary>The client's end.</summary>
    public IPEndPoint Client => connection.Remote;

    public void Abort() => connection.Abort();

    public async Task RunAsync()
    {
        try
        {
            Say($"220 {hostName} ESMTP dummy ready\r\n");
            while (!_over)
            {
                await StepAsync();
            }

            if (await connection.FlushAsync())
            {
                await connection.LingerAsync();
            }
        }
        finally
        {
            await connection.DisposeAsync();
        }
    }

    private async ValueTask StepAsync()
    {
        CommandLineStatus found = SmtpCommand.FindLine(connection.Buffered, out int length);
        if (found == CommandLineStatus.Partial)
        {
            await ReadMoreAsync();
            return;
        }

        if (found != CommandLineStatus.Complete)
        {
            connection.Write("500 5.5.2 bad command line\r\n"u8);
            _over = true;
            return;
        }

        SmtpVerb verb = Execute(SmtpCommand.Parse(connection.Buffered[..length]), out long chunk, out bool last);
        connection.Consume(length + 2);
        if (verb == SmtpVerb.Data)
        {
            await DataAsync();
        }
        else if (verb == SmtpVerb.Bdat)
        {
            await ChunkAsync(chunk, last);
        }
    }

    private SmtpVerb Execute(SmtpCommand command, out long chunk, out bool last)
    {
        chunk = 0;
        last = false;
        switch (command.Verb)
        {
            case SmtpVerb.Mail:
                connection.Write("250 2.1.0 ok\r\n"u8);
                break;
            case SmtpVerb.Rcpt:
                connection.Write("250 2.1.5 ok\r\n"u8);
                break;
            case SmtpVerb.Data:
                connection.Write("354 go ahead\r\n"u8);
                break;
            case SmtpVerb.Bdat when Utf8Parser.TryParse(command.Argument, out chunk, out int used) && chunk >= 0:
                last = used < command.Argument.Length;
                break;
            case SmtpVerb.Ehlo:
                Say($"250-{hostName} says hello\r\n");
                Say($"{(settings.HasPipelining ? "250-PIPELINING\r\n" : "")}{(settings.HasChunking ? "250-CHUNKING\r\n" : "")}");
                connection.Write("250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-DSN\r\n250 SIZE 0\r\n"u8);
                break;
            case SmtpVerb.Helo or SmtpVerb.Rset or SmtpVerb.Noop:
                connection.Write("250 2.0.0 ok\r\n"u8);
                break;
            case SmtpVerb.Quit:
                connection.Write("221 2.0.0 goodbye\r\n"u8);
                _over = true;
                break;
            default:
                connection.Write("502 5.5.1 command not implemented\r\n"u8);
                return SmtpVerb.Unknown;
        }

        return command.Verb;
    }

    private async ValueTask DataAsync()
    {
        _data.Begin();
        _data.Discard();
        _octets = 0;
        while (!_over)
        {
            DataStatus status = _data.Receive(connection.Buffered, default, out int consumed, out _);
            if (status == DataStatus.Ambiguous)
            {
                connection.Write("550 5.6.11 bare CR or LF\r\n"u8);
                _over = true;
                return;
            }

            connection.Consume(consumed);
            _octets += consumed;
            if (status == DataStatus.Complete)
            {
                await AcceptAsync();
                return;
            }

            await ReadMoreAsync();
        }
    }

    private async ValueTask ChunkAsync(long left, bool last)
    {
        _octets += left;
        while (!_over)
        {
            int count = (int)Math.Min(left, connection.Buffered.Length);
            connection.Consume(count);
            left -= count;
            if (left == 0)
            {
                break;
            }

            await ReadMoreAsync();
        }

        if (_over)
        {
            return;
        }

        if (last)
        {
            await AcceptAsync();
        }
        else
        {
            connection.Write("250 2.0.0 chunk ok\r\n"u8);
        }
    }

    private async ValueTask AcceptAsync()
    {
        if (settings.Latency > TimeSpan.Zero)
        {
            connection.SetDeadline(Timeout.InfiniteTimeSpan);
            if (!await LatencyAsync())
            {
                _over = true;
                return;
            }
        }

        received(_octets);
        _octets = 0;
        connection.Write("250 2.6.0 message thrown away\r\n"u8);
    }

    /// <summary>False when the server stops meanwhile.</summary>
    private async ValueTask<bool> LatencyAsync()
    {
        try
        {
            await Task.Delay(settings.Latency, time, stopping);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async ValueTask ReadMoreAsync()
    {
        connection.SetDeadline(_timeout);
        _over = !await connection.FlushAsync() || await connection.ReadMoreAsync(soon: true) != SmtpReadStatus.Ok;
    }

    private void Say(string line) => connection.Write(Encoding.ASCII.GetBytes(line));
}
