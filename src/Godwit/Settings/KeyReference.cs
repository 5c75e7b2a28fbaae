namespace Godwit.Settings;

/// <summary>Where a key is that signs for a domain; never the key.</summary>
/// <param name="Selector">Of the public key's record.</param>
/// <param name="Domain">A name stands for itself and everything below it; a pattern for what it matches.</param>
/// <param name="File">The file with the private key; empty when it is in the vault.</param>
/// <param name="Vault">The key in the vault, <c>/path:key</c>; empty when it is in a file.</param>
public sealed record KeyReference(string Selector, DomainPattern Domain, string File, string Vault = "");
