namespace Godwit.Dkim;

/// <summary>A key cannot be had from the vault; the message says which and why.</summary>
/// <param name="isMissing">The vault is well and has no such key.</param>
internal sealed class VaultException(string message, bool isMissing) : Exception(message)
{
    public bool IsMissing => isMissing;
}
