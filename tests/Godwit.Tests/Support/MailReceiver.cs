// A fast receiving server on several loopback addresses: it hands every mail to the test before it says 250, and answers each RCPT as the test says.
// Owned by a test. A connection that breaks ends its session only.

using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Godwit.Tests.Support;

/// <summary>A mail that has arrived: content as it was before dot stuffing.</summary>
/// <param name="Octet">The last octet of the address that it came to.</param>
internal sealed record ArrivedMail(IReadOnlyList<string> Recipients, byte[] Content, int Octet);

/// <summary>Receives mail for tests. Thread safe.</summary>
internal sealed class MailReceiver : IAsyncDisposable
{
    private readonly List<Socket> _listeners = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Action<ArrivedMail> _arrived;
    private int _sessions;

    /// <param name="lastOctets">Addresses to listen on: 127.0.0.x.</param>
    /// <param name="arrived">Called before the 250, by many threads.</param>
    public MailReceiver(IEnumerable<int> lastOctets, Action<ArrivedMail> arrived)
    {
        _arrived = arrived;
        Port = Tool.FreePort();
        foreach (int octet in lastOctets)
        {
            var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            listener.Bind(new IPEndPoint(new IPAddress([127, 0, 0, (byte)octet]), Port));
            listener.Listen(512);
            _listeners.Add(listener);
            _ = AcceptAsync(listener);
        }
    }

    public int Port { get; }

    /// <summary>The reply to a recipient; 250 unless the test says otherwise.</summary>
    public Func<string, string> AnswerRecipient { get; set; } = _ => "250 2.1.5 ok";

    /// <summary>Connections that were ever accepted.</summary>
    public int Sessions => Volatile.Read(ref _sessions);

    public ValueTask DisposeAsync()
    {
        _stop.Cancel();
        foreach (Socket listener in _listeners)
        {
            listener.Dispose();
        }

        _stop.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task AcceptAsync(Socket listener)
    {
        CancellationToken stop = _stop.Token;
        try
        {
            while (true)
            {
                Socket client = await listener.AcceptAsync(stop);
                Interlocked.Increment(ref _sessions);
                _ = Task.Run(() => ServeAsync(client, stop), stop);
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            return; // The test is over.
        }
    }

    private async Task ServeAsync(Socket client, CancellationToken stop)
    {
        using (client)
        {
            client.NoDelay = true;
            try
            {
                await new Session(client, this, stop).RunAsync();
            }
            catch (Exception broken) when (broken is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
                return; // The sender was killed, or the test is over.
            }
        }
    }

    private sealed class Session(Socket client, MailReceiver owner, CancellationToken stop)
    {
        private readonly StringBuilder _replies = new();
        private readonly List<string> _recipients = [];
        private readonly int _octet = ((IPEndPoint)client.LocalEndPoint!).Address.GetAddressBytes()[^1];
        private byte[] _buffer = new byte[32 * 1024];
        private int _start;
        private int _end;

        public async Task RunAsync()
        {
            Say("220 receiver.test ESMTP");
            while (true)
            {
                string line = await ReadLineAsync();
                switch (line.Split(' ', ':')[0].ToUpperInvariant())
                {
                    case "EHLO":
                        Say("250-receiver.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES");
                        break;
                    case "MAIL" or "RSET":
                        _recipients.Clear();
                        Say("250 2.0.0 ok");
                        break;
                    case "RCPT":
                        Recipient(line);
                        break;
                    case "DATA" when _recipients.Count == 0:
                        Say("554 5.5.1 no recipients");
                        break;
                    case "DATA":
                        Say("354 go on");
                        byte[] content = await ReadContentAsync();
                        owner._arrived(new ArrivedMail([.. _recipients], content, _octet));
                        _recipients.Clear();
                        Say("250 2.0.0 taken");
                        break;
                    case "QUIT":
                        Say("221 2.0.0 bye");
                        await FlushAsync();
                        return;
                    default:
                        Say("250 2.0.0 ok");
                        break;
                }
            }
        }

        private void Recipient(string line)
        {
            string address = line[(line.IndexOf('<', StringComparison.Ordinal) + 1)..line.IndexOf('>', StringComparison.Ordinal)];
            string reply = owner.AnswerRecipient(address);
            if (reply.StartsWith('2'))
            {
                _recipients.Add(address);
            }

            Say(reply);
        }

        private void Say(string line) => _replies.Append(line).Append("\r\n");

        private async Task FlushAsync()
        {
            await client.SendAsync(Encoding.ASCII.GetBytes(_replies.ToString()), stop);
            _replies.Clear();
        }

        private async Task<string> ReadLineAsync()
        {
            int length;
            while ((length = _buffer.AsSpan(_start.._end).IndexOf("\r\n"u8)) < 0)
            {
                await FillAsync();
            }

            string line = Encoding.UTF8.GetString(_buffer, _start, length);
            _start += length + 2;
            return line;
        }

        private async Task<byte[]> ReadContentAsync()
        {
            while (true)
            {
                if (_buffer.AsSpan(_start.._end).StartsWith(".\r\n"u8))
                {
                    _start += 3;
                    return [];
                }

                int length = _buffer.AsSpan(_start.._end).IndexOf("\r\n.\r\n"u8);
                if (length >= 0)
                {
                    byte[] content = Unstuff(_buffer.AsSpan(_start, length + 2));
                    _start += length + 5;
                    return content;
                }

                await FillAsync();
            }
        }

        private static byte[] Unstuff(ReadOnlySpan<byte> stuffed)
        {
            var content = new MemoryStream(stuffed.Length);
            while (!stuffed.IsEmpty)
            {
                int end = stuffed.IndexOf("\r\n"u8) + 2;
                content.Write(stuffed[0] == '.' ? stuffed[1..end] : stuffed[..end]);
                stuffed = stuffed[end..];
            }

            return content.ToArray();
        }

        private async Task FillAsync()
        {
            if (_replies.Length > 0)
            {
                await FlushAsync();
            }

            if (_start > 0)
            {
                _buffer.AsSpan(_start.._end).CopyTo(_buffer);
                (_start, _end) = (0, _end - _start);
            }

            if (_end == _buffer.Length)
            {
                Array.Resize(ref _buffer, _buffer.Length * 2);
            }

            int read = await client.ReceiveAsync(_buffer.AsMemory(_end), stop);
            if (read == 0)
            {
                throw new IOException("the sender closed the connection");
            }

            _end += read;
        }
    }
}
