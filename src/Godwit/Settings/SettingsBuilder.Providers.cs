// provider-file: what is known about mailbox providers.

namespace Godwit.Settings;

internal sealed partial class SettingsBuilder
{
    /// <summary>Gets the text of every further file that is read, for reports.</summary>
    public Dictionary<string, string> Texts { get; init; } = [];

    /// <summary>A user's file is read now, so that its problems are told; the shipped one when somebody asks.</summary>
    private Func<ProviderTable> Providers()
    {
        if (Last(root, "provider-file") is not { Value: string path } line)
        {
            return static () => ProviderTable.Shipped;
        }

        ProviderTable table = new ProviderFile(surroundings, problems) { Texts = Texts }.Load(path, line.ValueAt);
        return () => table;
    }
}
