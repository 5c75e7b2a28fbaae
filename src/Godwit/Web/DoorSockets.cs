// The sockets that a console listens on. A console for every address must open while the one on loopback still answers on the same port, which Linux allows
// only where both sockets share the port at that moment. They do so only then: at any other time a port that somebody has is a port that is taken.

using System.Net;
using System.Net.Sockets;

namespace Godwit.Web;

/// <summary>Makes and keeps the listening sockets of one console. Closed by the web host.</summary>
internal sealed class DoorSockets
{
    /// <summary>SOL_SOCKET and SO_REUSEPORT of Linux.</summary>
    private const int SocketLevel = 1;
    private const int ReusePort = 15;

    private readonly List<Socket> _sockets = [];

    /// <summary>Binds a socket for the web host, which makes it listen.</summary>
    public Socket Bind(EndPoint where)
    {
        var address = (IPEndPoint)where;
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (address.Address.Equals(IPAddress.IPv6Any))
            {
                socket.DualMode = true;
            }

            Share(socket, IsShared);
            socket.Bind(address);
        }
        catch (SocketException)
        {
            socket.Dispose();
            throw;
        }

        _sockets.Add(socket);
        return socket;
    }

    /// <summary>Whether others of ours may bind the same port now.</summary>
    public bool IsShared
    {
        get;
        set
        {
            field = value;
            foreach (Socket socket in _sockets)
            {
                Share(socket, value);
            }
        }
    }

    private static void Share(Socket socket, bool share)
    {
        if (OperatingSystem.IsLinux() && !socket.SafeHandle.IsClosed)
        {
            socket.SetRawSocketOption(SocketLevel, ReusePort, BitConverter.GetBytes(share ? 1 : 0));
        }
    }
}
