// The symbol of each kind of search result.
import MapPin from '@lucide/svelte/icons/map-pin';
import LandPlot from '@lucide/svelte/icons/land-plot';
import House from '@lucide/svelte/icons/house';
import Route from '@lucide/svelte/icons/route';
import Landmark from '@lucide/svelte/icons/landmark';
import Crosshair from '@lucide/svelte/icons/crosshair';
import Shapes from '@lucide/svelte/icons/shapes';
import Building2 from '@lucide/svelte/icons/building-2';

export const icons = { parcel: LandPlot, address: House, street: Route, ward: Landmark, place: MapPin, zone: Shapes, plan: Building2, coordinate: Crosshair };
