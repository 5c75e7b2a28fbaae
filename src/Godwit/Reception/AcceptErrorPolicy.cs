using System.Net.Sockets;

namespace Godwit.Reception;

/// <summary>What an error of <c>accept</c> means for the listener.</summary>
public enum AcceptTrouble : byte
{
    /// <summary>One client's connection died before it was ours: go on.</summary>
    Connection,

    /// <summary>The system has no more descriptors, buffers or memory: wait, then go on.</summary>
    Resources,

    /// <summary>The socket itself is unusable: stop and say so.</summary>
    Fatal,
}

/// <summary>Sorts the errors of <c>accept</c> (accept(2) lists them; Linux also passes pending network errors of the new socket on).</summary>
public static class AcceptErrorPolicy
{
    public static AcceptTrouble Judge(SocketError error) => error switch
    {
        SocketError.ConnectionAborted or SocketError.ConnectionReset or SocketError.ConnectionRefused or SocketError.Interrupted
            or SocketError.NetworkDown or SocketError.NetworkUnreachable or SocketError.HostDown or SocketError.HostUnreachable
            or SocketError.TimedOut or SocketError.WouldBlock or SocketError.AccessDenied or SocketError.NotConnected
            or SocketError.ProtocolOption or SocketError.OperationNotSupported => AcceptTrouble.Connection,
        SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable or SocketError.ProcessLimit or SocketError.SystemNotReady
            or SocketError.SocketError => AcceptTrouble.Resources,
        _ => AcceptTrouble.Fatal,
    };
}
