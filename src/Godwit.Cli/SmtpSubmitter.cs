// One SMTP connection that submits messages one after the other (RFC 5321, with PIPELINING of RFC 2920 when the server has it).
// Owned by one worker of "godwit inject". A refusal is a value; a broken connection is an IOException and ends this object's use.

using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Godwit.Cli;

/// <summary>The final reply to one submitted message.</summary>
internal readonly record struct SubmitReply(int Code, string Text)
{
    public bool IsAccepted => Code / 100 == 2;
}

internal sealed class SmtpSubmitter : IDisposable
{
    /// <summary>RFC 5321 section 4.5.3.1.5 allows 512 octets; servers say more at times.</summary>
    private const int MostReplyOctets = 4096;

    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly TimeSpan _timeout;
    private readonly byte[] _buffer = new byte[MostReplyOctets];
    private int _begin;
    private int _end;
    private bool _pipelining;

    private SmtpSubmitter(TimeSpan timeout) => _timeout = timeout;

    /// <summary>
    /// Connects and says EHLO. Throws <see cref="SocketException"/> when nobody listens, <see cref="IOException"/> when the server does not greet.
    /// </summary>
    public static async Task<SmtpSubmitter> ConnectAsync(string host, int port, TimeSpan timeout, CancellationToken cancellation)
    {
        var submitter = new SmtpSubmitter(timeout);
        try
        {
            await submitter.OpenAsync(host, port, cancellation);
            Expect(await submitter.ReplyAsync(cancellation));
            await submitter.SendAsync("EHLO sender.example\r\n"u8.ToArray(), cancellation);
            Expect(await submitter.ReplyAsync(cancellation));
            return submitter;
        }
        catch (Exception)
        {
            submitter.Dispose();
            throw;
        }

        static void Expect(SubmitReply reply)
        {
            if (!reply.IsAccepted)
            {
                throw new IOException($"the server refuses the session: {reply.Code} {reply.Text}");
            }
        }
    }

    /// <summary>Submits one message to one recipient.</summary>
    public async Task<SubmitReply> SubmitAsync(
        string sender, string recipient, ReadOnlyMemory<byte> header, ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        SubmitReply reply = await AskAsync(sender, recipient, cancellation);
        if (reply.Code != 354)
        {
            return reply;
        }

        byte[] content = new byte[header.Length + body.Length + 3];
        header.CopyTo(content);
        body.CopyTo(content.AsMemory(header.Length));
        ".\r\n"u8.CopyTo(content.AsSpan(content.Length - 3));
        await SendAsync(content, cancellation);
        return await ReplyAsync(cancellation);
    }

    /// <summary>Says goodbye; a server that is gone already is no trouble.</summary>
    public async Task QuitAsync(CancellationToken cancellation)
    {
        await SendAsync("QUIT\r\n"u8.ToArray(), cancellation);
        await ReplyAsync(cancellation);
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>MAIL, RCPT and DATA: 354, or the first refusal with the transaction reset.</summary>
    private async Task<SubmitReply> AskAsync(string sender, string recipient, CancellationToken cancellation)
    {
        string[] commands = [$"MAIL FROM:<{sender}>\r\n", $"RCPT TO:<{recipient}>\r\n", "DATA\r\n"];
        SubmitReply refusal = default;
        SubmitReply reply = default;
        if (_pipelining)
        {
            await SendAsync(Encoding.UTF8.GetBytes(string.Concat(commands)), cancellation);
        }

        foreach (string command in commands)
        {
            if (!_pipelining)
            {
                await SendAsync(Encoding.UTF8.GetBytes(command), cancellation);
            }

            reply = await ReplyAsync(cancellation);
            if (reply.Code / 100 > 3 && refusal.Code == 0)
            {
                refusal = reply;
            }

            if (refusal.Code != 0 && !_pipelining)
            {
                break;
            }
        }

        return refusal.Code == 0 ? reply : await ResetAsync(refusal, openData: reply.Code == 354, cancellation);
    }

    /// <summary>After a refusal the session begins anew; data that the server opened all the same is closed empty first.</summary>
    private async Task<SubmitReply> ResetAsync(SubmitReply refusal, bool openData, CancellationToken cancellation)
    {
        if (refusal.Code == 421)
        {
            throw new IOException($"the server closes the session: {refusal.Code} {refusal.Text}");
        }

        if (openData)
        {
            await SendAsync(".\r\n"u8.ToArray(), cancellation);
            await ReplyAsync(cancellation);
        }

        await SendAsync("RSET\r\n"u8.ToArray(), cancellation);
        await ReplyAsync(cancellation);
        return refusal;
    }

    private async Task OpenAsync(string host, int port, CancellationToken cancellation)
    {
        using var deadline = new Deadline(_timeout, cancellation);
        try
        {
            await _socket.ConnectAsync(host, port, deadline.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new SocketException((int)SocketError.TimedOut);
        }
    }

    private async Task SendAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellation)
    {
        using var deadline = new Deadline(_timeout, cancellation);
        try
        {
            while (octets.Length > 0)
            {
                octets = octets[await _socket.SendAsync(octets, deadline.Token)..];
            }
        }
        catch (SocketException error)
        {
            throw new IOException(error.Message, error);
        }
        catch (OperationCanceledException late) when (!cancellation.IsCancellationRequested)
        {
            throw new IOException($"the server took nothing for {_timeout.TotalSeconds:0} s", late);
        }
    }

    /// <summary>Reads one reply, all its lines; the text is the last line's.</summary>
    private async Task<SubmitReply> ReplyAsync(CancellationToken cancellation)
    {
        while (true)
        {
            string line = await LineAsync(cancellation);
            if (line.Length < 3 || !int.TryParse(line.AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture, out int code))
            {
                throw new IOException($"this is no SMTP reply: {line}");
            }

            string text = line.Length > 4 ? line[4..] : "";
            _pipelining |= code == 250 && text.Equals("PIPELINING", StringComparison.OrdinalIgnoreCase);
            if (line.Length == 3 || line[3] != '-')
            {
                return new SubmitReply(code, text);
            }
        }
    }

    private async Task<string> LineAsync(CancellationToken cancellation)
    {
        while (true)
        {
            int length = _buffer.AsSpan(_begin.._end).IndexOf((byte)'\n');
            if (length >= 0)
            {
                string line = Encoding.UTF8.GetString(_buffer, _begin, length).TrimEnd('\r');
                _begin += length + 1;
                return line;
            }

            await FillAsync(cancellation);
        }
    }

    private async Task FillAsync(CancellationToken cancellation)
    {
        _buffer.AsSpan(_begin.._end).CopyTo(_buffer);
        (_begin, _end) = (0, _end - _begin);
        if (_end == _buffer.Length)
        {
            throw new IOException($"the server's reply is longer than {MostReplyOctets} octets");
        }

        using var deadline = new Deadline(_timeout, cancellation);
        try
        {
            int count = await _socket.ReceiveAsync(_buffer.AsMemory(_end), deadline.Token);
            _end += count > 0 ? count : throw new IOException("the server closed the connection");
        }
        catch (SocketException error)
        {
            throw new IOException(error.Message, error);
        }
        catch (OperationCanceledException late) when (!cancellation.IsCancellationRequested)
        {
            throw new IOException($"the server said nothing for {_timeout.TotalSeconds:0} s", late);
        }
    }

    /// <summary>Cancelled by the caller, or when the time is over.</summary>
    private sealed class Deadline : IDisposable
    {
        private readonly CancellationTokenSource _time;
        private readonly CancellationTokenSource _either;

        public Deadline(TimeSpan timeout, CancellationToken cancellation)
        {
            _time = new CancellationTokenSource(timeout, TimeProvider.System);
            _either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _time.Token);
        }

        public CancellationToken Token => _either.Token;

        public void Dispose()
        {
            _either.Dispose();
            _time.Dispose();
        }
    }
}
