using System.Net.Sockets;
using Godwit.Reception;

namespace Godwit.Tests.Reception;

public sealed class AcceptErrorPolicyTests
{
    [Theory]
    [InlineData(SocketError.ConnectionAborted, AcceptTrouble.Connection)]
    [InlineData(SocketError.ConnectionReset, AcceptTrouble.Connection)]
    [InlineData(SocketError.HostUnreachable, AcceptTrouble.Connection)]
    [InlineData(SocketError.AccessDenied, AcceptTrouble.Connection)]
    [InlineData(SocketError.TooManyOpenSockets, AcceptTrouble.Resources)]
    [InlineData(SocketError.NoBufferSpaceAvailable, AcceptTrouble.Resources)]
    [InlineData(SocketError.NotSocket, AcceptTrouble.Fatal)]
    [InlineData(SocketError.InvalidArgument, AcceptTrouble.Fatal)]
    public void Only_a_dead_socket_ends_a_listener(SocketError error, AcceptTrouble expected) => Assert.Equal(expected, AcceptErrorPolicy.Judge(error));
}
