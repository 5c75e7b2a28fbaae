// Who may speak to the management port.

namespace Godwit.Settings;

internal sealed partial class SettingsBuilder
{
    /// <summary>What is written, then the old forms: those who may not come first, as nothing tells their order.</summary>
    private List<HttpAccessRule> HttpAccess() =>
    [
        .. All(root, "http-access").Select(line => line.Value).OfType<HttpAccessRule>(),
        .. All(root, "no-http-mgmt-source").Select(line => line.Value).OfType<System.Net.IPNetwork>()
            .Select(block => new HttpAccessRule(block, AccessLevel.None, DeniesLogs: false)),
        .. All(root, "http-mgmt-source").Select(line => line.Value).OfType<System.Net.IPNetwork>()
            .Select(block => new HttpAccessRule(block, AccessLevel.Monitor, DeniesLogs: false)),
    ];

    private Dictionary<string, HttpUserSettings> HttpUsers()
    {
        var defaults = new HttpUserSettings();
        var users = new Dictionary<string, HttpUserSettings>(StringComparer.OrdinalIgnoreCase);
        foreach (CheckedBlock block in root.BlocksOf(BlockKind.ConsoleUser))
        {
            HttpUserSettings user = users.GetValueOrDefault(block.Argument, defaults) with { Name = block.Argument };
            OverlayOf(block).ApplyTo(user, defaults);
            users[block.Argument] = user;
        }

        return users;
    }
}
