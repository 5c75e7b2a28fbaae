// Where keys are that stand in no file.

namespace Godwit.Settings;

internal sealed partial class SettingsBuilder
{
    /// <summary>null without a server and a token: what is in the vault cannot be had then, and the check says so.</summary>
    private VaultSettings? Vault()
    {
        var vault = new VaultSettings();
        foreach (CheckedBlock block in root.BlocksOf(BlockKind.Vault))
        {
            vault = new VaultSettings
            {
                ServerUrl = block.Last("server-url")?.Value as Uri ?? vault.ServerUrl,
                AccessToken = block.Last("access-token")?.Value is SecretValue token ? token : vault.AccessToken,
                CacheTtl = block.Last("cache-ttl")?.Value is TimeSpan time ? time : vault.CacheTtl,
            };
        }

        return vault is { ServerUrl: not null, AccessToken.IsEmpty: false } ? vault : null;
    }
}
