// Who may speak to the management port.

namespace Godwit.Settings;

internal sealed partial class SettingsBuilder
{
    /// <summary>What is written, then the old forms: the narrowest block first, and of two equal ones that of those who may not.</summary>
    private List<HttpAccessRule> HttpAccess() =>
    [
        .. All(root, "http-access").Select(line => line.Value).OfType<HttpAccessRule>(),
        .. Old("no-http-mgmt-source", AccessLevel.None).Concat(Old("http-mgmt-source", AccessLevel.Monitor))
            .OrderByDescending(rule => rule.Clients.PrefixLength),
    ];

    private IEnumerable<HttpAccessRule> Old(string name, AccessLevel level) =>
        All(root, name).Select(line => line.Value).OfType<System.Net.IPNetwork>().Select(block => new HttpAccessRule(block, level, DeniesLogs: false));

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
