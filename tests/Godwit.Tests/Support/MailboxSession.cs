// One connection to a MailboxHost: the commands of mail, pipelined or not; every refusal and everything taken goes into the host's book. Owned by the
// host, used by one task. Recipients are booked when their message is taken, with the time of their RCPT.

using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Godwit.Tests.Support;

internal sealed class MailboxSession(Socket client, MailboxHost host, IPAddress source, int number, CancellationToken stop)
{
    private readonly StringBuilder _replies = new();
    private readonly List<HostEvent> _recipients = [];
    private byte[] _buffer = new byte[16 * 1024];
    private int _start;
    private int _end;
    private string _sender = "";
    private int _messages;
    private bool _over;

    /// <param name="refusal">What the greeting says instead of a welcome.</param>
    public async Task RunAsync(string? refusal)
    {
        if (refusal is not null)
        {
            Refuse(refusal, "greeting");
            _over = true;
        }
        else
        {
            Say($"220 {host.Personality.Host} ESMTP");
        }

        while (!_over)
        {
            await AnswerAsync(await ReadLineAsync());
        }

        await FlushAsync();
        client.Shutdown(SocketShutdown.Send);
        while (await client.ReceiveAsync(_buffer.AsMemory(), stop) > 0)
        {
            // What was pipelined behind the last reply is not looked at; closing before it is read would take that reply from the sender.
        }
    }

    private async ValueTask AnswerAsync(string line)
    {
        switch (line.Split(' ', ':')[0].ToUpperInvariant())
        {
            case "EHLO":
                Say($"250-{host.Personality.Host}\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES");
                break;
            case "MAIL":
                _sender = Address(line);
                _recipients.Clear();
                Judged(host.Judge.Mail(source, _sender, _messages + 1), "MAIL", "250 2.1.0 ok");
                break;
            case "RCPT":
                string recipient = Address(line);
                string? refused = host.Judge.Recipient(source, _sender, recipient, _recipients.Count + 1);
                Judged(refused, $"RCPT {recipient}", "250 2.1.5 ok");
                if (refused is null)
                {
                    _recipients.Add(new HostEvent(host.Judge.Now, HostEventKind.Recipient, source, number, _sender, recipient));
                }

                break;
            case "DATA" when _recipients.Count == 0:
                Say("554 5.5.1 no recipients");
                break;
            case "DATA":
                Say("354 go on");
                await TakeAsync();
                break;
            case "QUIT":
                Say("221 2.0.0 bye");
                _over = true;
                break;
            default:
                _recipients.Clear();
                Say("250 2.0.0 ok");
                break;
        }
    }

    private async ValueTask TakeAsync()
    {
        string line;
        do
        {
            line = await ReadLineAsync();
        }
        while (line != ".");
        await host.Gate.WaitAsync(stop);
        _messages++;
        host.Book.Add(new HostEvent(host.Judge.Now, HostEventKind.Message, source, number, _sender));
        _recipients.ForEach(host.Book.Add);
        _recipients.Clear();
        Say("250 2.0.0 taken");
    }

    private void Judged(string? refusal, string stage, string welcome)
    {
        if (refusal is null)
        {
            Say(welcome);
        }
        else
        {
            Refuse(refusal, stage);
            _over = refusal.StartsWith("421", StringComparison.Ordinal);
        }
    }

    private void Refuse(string reply, string stage)
    {
        host.Book.Add(new HostEvent(host.Judge.Now, HostEventKind.Refused, source, number, _sender, $"{stage}: {reply}"));
        Say(reply);
    }

    private static string Address(string line) => line[(line.IndexOf('<', StringComparison.Ordinal) + 1)..line.IndexOf('>', StringComparison.Ordinal)];

    private void Say(string line) => _replies.Append(line).Append("\r\n");

    private async Task FlushAsync()
    {
        await client.SendAsync(Encoding.ASCII.GetBytes(_replies.ToString()), stop);
        _replies.Clear();
    }

    private async ValueTask<string> ReadLineAsync()
    {
        int length;
        while ((length = _buffer.AsSpan(_start.._end).IndexOf("\r\n"u8)) < 0)
        {
            await FillAsync();
        }

        string line = Encoding.Latin1.GetString(_buffer, _start, length);
        _start += length + 2;
        return line;
    }

    private async ValueTask FillAsync()
    {
        if (_replies.Length > 0)
        {
            await FlushAsync();
        }

        _buffer.AsSpan(_start.._end).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
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
