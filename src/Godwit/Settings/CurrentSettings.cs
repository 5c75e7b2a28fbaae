namespace Godwit.Settings;

/// <summary>The settings in force. Readers take <see cref="Value"/> once per decision; reload swaps the one reference.</summary>
public sealed class CurrentSettings(ServerSettings settings)
{
    private volatile ServerSettings _value = settings;

    public ServerSettings Value => _value;

    public void Replace(ServerSettings settings) => _value = settings;
}
