// One connection of a scripted server: reads commands, plays the script, remembers every octet.

using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;

namespace Godwit.Tests.Support;

/// <summary>One message as a peer received it.</summary>
/// <param name="Recipients">The RCPT lines that were accepted.</param>
/// <param name="OnTheWire">Content as it was sent: with stuffed dots and the end of data, or the octets of the chunk.</param>
public sealed record ReceivedMessage(string Mail, IReadOnlyList<string> Recipients, byte[] OnTheWire, bool Chunked)
{
    /// <summary>The content as a mailbox sees it.</summary>
    public byte[] Content => Chunked ? OnTheWire : Unstuffed(OnTheWire);

    /// <summary>Undoes dot-stuffing, the slow and plain way: split at CRLF, drop one dot, drop the last line.</summary>
    public static byte[] Unstuffed(ReadOnlySpan<byte> wire)
    {
        string[] lines = Encoding.Latin1.GetString(wire).Split("\r\n");
        Assert.Equal([".", ""], lines[^2..]);
        return Encoding.Latin1.GetBytes(string.Concat(lines[..^2].Select(line => (line.StartsWith('.') ? line[1..] : line) + "\r\n")));
    }
}

/// <summary>What happened on one connection.</summary>
public sealed class ScriptedSession(Socket socket, PeerScript script, Task stopped, Action<ReceivedMessage> received)
{
    private readonly Lock _lock = new();
    private readonly List<string> _commands = [];
    private readonly MemoryStream _all = new();
    private readonly byte[] _buffer = new byte[64 * 1024];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SslStream? _tls;
    private int _taken;
    private string? _mail;
    private List<string> _recipients = [];

    public Socket Socket { get; } = socket;

    /// <summary>Where the other side called from.</summary>
    public IPEndPoint Remote { get; } = (IPEndPoint)socket.RemoteEndPoint!;

    /// <summary>Every command line, in order.</summary>
    public IReadOnlyList<string> Commands
    {
        get
        {
            lock (_lock)
            {
                return [.. _commands];
            }
        }
    }

    /// <summary>Commands that came in plain text; all of them where there was no TLS.</summary>
    public int PlainCommands { get; private set; }

    /// <summary>The connection as it is encrypted; null while it is not.</summary>
    public SslStream? Tls => _tls;

    /// <summary>Why the handshake failed; empty when it did not.</summary>
    public string HandshakeFailure { get; private set; } = "";

    /// <summary>The name that the other side asked for.</summary>
    public string ServerName { get; private set; } = "";

    /// <summary>Every octet that came.</summary>
    public byte[] Received
    {
        get
        {
            lock (_lock)
            {
                return _all.ToArray();
            }
        }
    }

    /// <summary>Completes when the connection has ended.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Completes when the server is disposed of: nobody waits for a test that has failed.</summary>
    internal Task Stopped { get; } = stopped;

    internal async Task RunAsync()
    {
        try
        {
            if (await script.Greeting.ActAsync(this))
            {
                while (await ReadLineAsync() is { } line && await TakeAsync(line))
                {
                }
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or EndOfStreamException or IOException)
        {
            // The other side is gone, which a script may want.
        }
        finally
        {
            if (_tls is not null)
            {
                await _tls.DisposeAsync();
            }

            Socket.Dispose();
            _ended.TrySetResult();
        }
    }

    internal Task SendAsync(string lines) => SendRawAsync(Encoding.Latin1.GetBytes(lines.Replace("\n", "\r\n", StringComparison.Ordinal) + "\r\n"));

    /// <summary>False when the handshake failed: the connection ends then.</summary>
    internal async Task<bool> ShakeHandsAsync(SslServerAuthenticationOptions options)
    {
        var tls = new SslStream(new NetworkStream(Socket, ownsSocket: false));
        try
        {
            await tls.AuthenticateAsServerAsync(options);
            _tls = tls;
            ServerName = tls.TargetHostName;
            return true;
        }
        catch (Exception failure) when (failure is AuthenticationException or IOException)
        {
            HandshakeFailure = failure.Message;
            await tls.DisposeAsync();
            return false;
        }
    }

    internal async Task SendRawAsync(byte[] octets)
    {
        if (_tls is not null)
        {
            await _tls.WriteAsync(octets);
            return;
        }

        for (int sent = 0; sent < octets.Length;)
        {
            sent += await Socket.SendAsync(octets.AsMemory(sent), SocketFlags.None);
        }
    }

    internal async Task<bool> RepeatAsync(string octets)
    {
        byte[] block = Encoding.Latin1.GetBytes(octets);
        while (true)
        {
            await SendRawAsync(block);
        }
    }

    internal async Task DrainAsync()
    {
        while (await FillAsync() > 0)
        {
        }
    }

    private async Task<bool> TakeAsync(string line)
    {
        lock (_lock)
        {
            _commands.Add(line);
            PlainCommands += _tls is null ? 1 : 0;
        }

        string verb = line.Split(' ')[0].ToUpperInvariant();
        byte[]? chunk = verb == "BDAT" ? await ReadAsync(int.Parse(line.Split(' ')[1])) : null;
        PeerAnswer? scripted = script.Find(verb, line) ?? (verb == "STARTTLS" && script.Tls is { } tls ? PeerAnswer.Handshake(tls) : null);
        bool hasRecipients = _recipients.Count > 0;
        string standard = Standard(verb, line, accepted: scripted is null || scripted.Text.StartsWith('2'));
        if (!await (scripted ?? standard).ActAsync(this))
        {
            return false;
        }

        bool goesOn = (scripted?.Text ?? standard).StartsWith("354", StringComparison.Ordinal);
        return verb switch
        {
            "QUIT" => false,
            "DATA" when goesOn => await TakeContentAsync(),
            "BDAT" when hasRecipients && (scripted is null || scripted.Text.StartsWith('2')) => Keep(chunk!, chunked: true),
            _ => true,
        };
    }

    /// <summary>What a good host says, and what it remembers of it.</summary>
    private string Standard(string verb, string line, bool accepted)
    {
        switch (verb)
        {
            case "EHLO":
                List<string> lines = ["peer.test", .. _tls is null ? script.Extensions : script.ExtensionsUnderTls ?? script.Extensions];
                if (script.Tls is not null && _tls is null)
                {
                    lines.Add("STARTTLS");
                }

                return string.Join('\n', lines.Select((each, i) => $"250{(i == lines.Count - 1 ? ' ' : '-')}{each}"));
            case "MAIL":
                (_mail, _recipients) = (accepted ? line : null, []);
                return "250 2.1.0 sender ok";
            case "RCPT" when _mail is null:
                return "503 5.5.1 no MAIL yet";
            case "RCPT":
                if (accepted)
                {
                    _recipients.Add(line);
                }

                return "250 2.1.5 recipient ok";
            case "DATA":
                return _recipients.Count == 0 ? "554 5.5.1 no valid recipients" : "354 go on";
            case "BDAT":
                return _recipients.Count == 0 ? "554 5.5.1 no valid recipients" : "250 2.0.0 taken";
            case "RSET":
                (_mail, _recipients) = (null, []);
                return "250 2.0.0 reset";
            case "QUIT":
                return "221 2.0.0 bye";
            default:
                return "250 ok";
        }
    }

    private async Task<bool> TakeContentAsync()
    {
        var content = new MemoryStream();
        int octets = 0;
        while (true)
        {
            byte[] line = await ReadRawLineAsync(script.HangUpAfterContentOctets - octets) ?? throw new EndOfStreamException();
            octets += line.Length;
            content.Write(line);
            if (octets >= script.HangUpAfterContentOctets)
            {
                return false;
            }

            if (line.AsSpan().SequenceEqual(".\r\n"u8))
            {
                break;
            }
        }

        PeerAnswer? answer = script.Find(".", "");
        if (answer is null)
        {
            Keep(content.ToArray(), chunked: false);
            await SendAsync("250 2.0.0 taken");
            return true;
        }

        if (answer.Text.StartsWith('2'))
        {
            Keep(content.ToArray(), chunked: false);
        }

        return await answer.ActAsync(this);
    }

    private bool Keep(byte[] wire, bool chunked)
    {
        received(new ReceivedMessage(_mail ?? "", _recipients, wire, chunked));
        _mail = null;
        _recipients = [];
        return true;
    }

    private async Task<string?> ReadLineAsync() => await ReadRawLineAsync(null) is { } line ? Encoding.Latin1.GetString(line).TrimEnd('\r', '\n') : null;

    private async Task<byte[]?> ReadRawLineAsync(int? most)
    {
        while (true)
        {
            if (TakeLine(most) is { } line)
            {
                return line;
            }

            if (await FillAsync() == 0)
            {
                return null;
            }
        }
    }

    private async Task<byte[]> ReadAsync(int count)
    {
        while (true)
        {
            lock (_lock)
            {
                if (_all.Length - _taken >= count)
                {
                    return Take(count);
                }
            }

            if (await FillAsync() == 0)
            {
                throw new EndOfStreamException();
            }
        }
    }

    private byte[]? TakeLine(int? most)
    {
        lock (_lock)
        {
            ReadOnlySpan<byte> waiting = _all.GetBuffer().AsSpan(_taken, (int)_all.Length - _taken);
            int end = waiting.IndexOf("\r\n"u8);
            return end >= 0 ? Take(end + 2) : waiting.Length >= most ? Take(waiting.Length) : null;
        }
    }

    private byte[] Take(int count)
    {
        byte[] octets = _all.GetBuffer().AsSpan(_taken, count).ToArray();
        _taken += count;
        return octets;
    }

    private async Task<int> FillAsync()
    {
        int count = _tls is null ? await Socket.ReceiveAsync(_buffer, SocketFlags.None) : await _tls.ReadAsync(_buffer);
        lock (_lock)
        {
            _all.Write(_buffer, 0, count);
        }

        return count;
    }
}
