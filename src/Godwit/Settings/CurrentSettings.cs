// The settings in force, with the number and the time of their load: all three change together, by one reference.

using Godwit.Foundation;

namespace Godwit.Settings;

/// <summary>One load of the configuration.</summary>
/// <param name="Version">1 at the start, one more with each successful reload.</param>
/// <param name="Loaded">When it came into force.</param>
public sealed record LoadedSettings(ServerSettings Settings, int Version, Instant Loaded);

/// <summary>The settings in force. Readers take <see cref="Value"/> once per decision; reload swaps the one reference.</summary>
public sealed class CurrentSettings(ServerSettings settings, Instant loaded = default)
{
    private volatile LoadedSettings _load = new(settings, 1, loaded);

    public ServerSettings Value => _load.Settings;

    /// <summary>The same with the number and the time of the load.</summary>
    public LoadedSettings Load => _load;

    /// <summary>The same load with numbers that the machine has corrected.</summary>
    public void Correct(ServerSettings settings) => _load = _load with { Settings = settings };

    /// <summary>Puts a newer configuration in force. One caller at a time.</summary>
    public void Replace(ServerSettings settings, Instant now = default) => _load = new LoadedSettings(settings, _load.Version + 1, now);
}
