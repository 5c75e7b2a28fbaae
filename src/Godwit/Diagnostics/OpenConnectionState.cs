namespace Godwit.Diagnostics;

/// <summary>What a connection to a host does.</summary>
public enum OpenConnectionState : byte
{
    /// <summary>TCP, or the way through a proxy.</summary>
    Connecting,

    /// <summary>Greeting, EHLO, TLS, authentication.</summary>
    Opening,

    /// <summary>A message is on its way.</summary>
    Sending,

    /// <summary>It waits for mail.</summary>
    Idle,

    /// <summary>There is mail, and a rate does not let it go yet.</summary>
    Waiting,
}
