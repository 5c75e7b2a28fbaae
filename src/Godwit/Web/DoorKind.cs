namespace Godwit.Web;

/// <summary>What http-access says of whoever connects, as far as connections are counted.</summary>
internal enum DoorKind : byte
{
    /// <summary>May do something without signing in, or is on this machine.</summary>
    Known,

    /// <summary>May sign in.</summary>
    SignIn,

    /// <summary>May nothing.</summary>
    Stranger,
}
