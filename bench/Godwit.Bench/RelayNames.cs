// A name server of the benchmark's own: sessions of TLS are known by a host's name, so a host that only has an address resumes none. It knows one name.
// UDP, on a free port of the loopback address. Owned by the run that makes it.

using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Godwit.Bench;

internal sealed class RelayNames : IDisposable
{
    /// <summary>127.0.0.1, under a name that is nobody's.</summary>
    public const string Host = "back.godwit.test";

    private const int HeaderLength = 12;

    /// <summary>Type and class of the question, behind its name.</summary>
    private const int QuestionTail = 4;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);

    public RelayNames()
    {
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Directive = string.Create(CultureInfo.InvariantCulture, $"name-server {_socket.LocalEndPoint}\n");
        new Thread(Serve) { IsBackground = true }.Start();
    }

    /// <summary>The line that makes godwitd ask here.</summary>
    public string Directive { get; }

    /// <summary>The name as it stands in a question (RFC 1035 section 4.1.2).</summary>
    private static ReadOnlySpan<byte> HostLabels => "\u0004back\u0006godwit\u0004test\u0000"u8;

    /// <summary>Of the name in the question: A, IN, an hour, 127.0.0.1.</summary>
    private static ReadOnlySpan<byte> Address => [0xC0, HeaderLength, 0, 1, 0, 1, 0, 0, 0x0E, 0x10, 0, 4, 127, 0, 0, 1];

    public void Dispose() => _socket.Dispose();

    private void Serve()
    {
        byte[] buffer = new byte[1500];
        var client = new SocketAddress(AddressFamily.InterNetwork);
        try
        {
            while (true)
            {
                int length = _socket.ReceiveFrom(buffer, SocketFlags.None, client);
                int end = HeaderLength + buffer.AsSpan(HeaderLength, length - HeaderLength).IndexOf((byte)0) + 1 + QuestionTail;
                if (end <= length)
                {
                    _socket.SendTo(buffer.AsSpan(0, Answer(buffer, end)), SocketFlags.None, client);
                }
            }
        }
        catch (SocketException)
        {
            return; // The run is over.
        }
        catch (ObjectDisposedException)
        {
            return;
        }
    }

    /// <summary>Makes the answer of the question; its length.</summary>
    private static int Answer(Span<byte> message, int end)
    {
        bool isKnown = message[HeaderLength..(end - QuestionTail)].SequenceEqual(HostLabels);
        bool isFound = isKnown && message[end - 3] == 1;
        message[2] = 0x81;
        message[3] = (byte)(isKnown ? 0x80 : 0x83);
        message[6..HeaderLength].Clear();
        if (!isFound)
        {
            return end;
        }

        message[7] = 1;
        Address.CopyTo(message[end..]);
        return end + Address.Length;
    }
}
