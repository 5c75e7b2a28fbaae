// Every key of one configuration, read when it is loaded: a file once, however many lines name it. Immutable; thread safe.

using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Settings;
using Microsoft.Extensions.Logging;

namespace Godwit.Dkim;

/// <summary>The rings of the virtual MTAs.</summary>
internal sealed class KeyRings
{
    private readonly Dictionary<string, KeyRing> _ofVirtualMtas = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, KeyRing> _named = new(StringComparer.OrdinalIgnoreCase);

    private readonly Dictionary<string, VaultedKey> _vaulted = new(StringComparer.Ordinal);

    private KeyRings()
    {
    }

    /// <summary>Reads every key file that the settings name. It takes as long as the disk does: not for a thread that mail waits for.</summary>
    /// <param name="read">Gives the text of a file; throws <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>.</param>
    /// <exception cref="DkimKeyException">A file cannot be read, or is no key; nothing may be signed then, nor sent as if it had no key.</exception>
    /// <param name="clock">Says how old a key from the vault is.</param>
    /// <param name="log">Takes what is wrong with a key in the vault while an older one signs.</param>
    public static KeyRings Read(ServerSettings settings, Func<string, string> read, ServerClock clock, ILogger log)
    {
        VaultClient? vault = settings.Vault is null ? null : new VaultClient(settings.Vault, clock);
        var keys = new Dictionary<string, DkimKey>(StringComparer.Ordinal);
        var lists = new Dictionary<IReadOnlyList<KeyReference>, KeyList>(ReferenceEqualityComparer.Instance);
        var rings = new Dictionary<IReadOnlyList<IReadOnlyList<KeyReference>>, KeyRing>(ReferenceEqualityComparer.Instance);
        var result = new KeyRings();
        foreach (VirtualMtaSettings virtualMta in settings.VirtualMtas.Values)
        {
            if (virtualMta.DomainKeys.Count == 0)
            {
                continue;
            }

            if (!rings.TryGetValue(virtualMta.DomainKeys, out KeyRing? ring))
            {
                ring = new KeyRing([.. virtualMta.DomainKeys.Select(ListOf)]);
                rings.Add(virtualMta.DomainKeys, ring);
            }

            result._ofVirtualMtas[virtualMta.Name] = ring;
        }

        foreach ((string name, IReadOnlyList<KeyReference> references) in settings.DomainKeyLists)
        {
            result._named[name] = new KeyRing([ListOf(references)]);
        }

        return result;

        KeyList ListOf(IReadOnlyList<KeyReference> references)
        {
            if (!lists.TryGetValue(references, out KeyList? list))
            {
                list = new KeyList([.. references.Select(KeyAt)]);
                lists.Add(references, list);
            }

            return list;
        }

        SigningKey KeyAt(KeyReference each) => each.Vault.Length == 0
            ? new SigningKey(each.Selector, each.Domain, KeyOf(each.File))
            : new SigningKey(each.Selector, each.Domain, null, VaultedAt(each.Vault));

        VaultedKey VaultedAt(string place)
        {
            if (!result._vaulted.TryGetValue(place, out VaultedKey? key))
            {
                result._vaulted[place] = key = vault is not null
                    ? new VaultedKey(vault, place, log)
                    : throw new DkimKeyException(
                        $"domain-key: {{vault}}:{place}: there is no <vault> with server-url and access-token; mail would go unsigned");
            }

            return key;
        }

        DkimKey KeyOf(string file)
        {
            if (!keys.TryGetValue(file, out DkimKey? key))
            {
                keys[file] = key = ReadKey(file, read);
            }

            return key;
        }
    }

    /// <summary>Keys that came from the vault have to be asked for again.</summary>
    public void ForgetVaulted()
    {
        foreach (VaultedKey key in _vaulted.Values)
        {
            key.Forget();
        }
    }

    /// <summary>What a virtual MTA signs with.</summary>
    public KeyRing Of(string virtualMta) => _ofVirtualMtas.GetValueOrDefault(virtualMta, KeyRing.Empty);

    /// <summary>The keys of a <c>&lt;domain-key-list&gt;</c>; none when the configuration has no such list any more.</summary>
    public KeyRing Named(string list) => _named.GetValueOrDefault(list, KeyRing.Empty);

    /// <summary>Every key of the configuration that may sign for a domain, each once; those of lists that messages name too.</summary>
    public IReadOnlyList<SigningKey> For(DomainName domain) =>
        [
            .. _ofVirtualMtas.Values.Concat(_named.Values).Distinct().SelectMany(ring => ring.All(domain))
                .DistinctBy(key => (key.Selector, key.DomainFor(domain), key.Source)),
        ];

    private static DkimKey ReadKey(string file, Func<string, string> read)
    {
        try
        {
            return DkimKey.Read(read(file), file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Security.SecurityException or NotSupportedException)
        {
            string why = e is FileNotFoundException or DirectoryNotFoundException ? "no such file" : "it cannot be read";
            throw new DkimKeyException($"domain-key: {file}: {why}; mail would go unsigned", e);
        }
    }
}
