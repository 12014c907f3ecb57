package mvt

import "fmt"

// IDs gives the ids of a layer's features in a tile, as they stand in it; a feature
// without one is 0. Nothing where the tile has no such layer.
func IDs(tile []byte, layer string) (ids []uint64, err error) {
	err = fields(tile, func(field, wire int, _ uint64, b []byte) error {
		if field != 3 || wire != 2 {
			return fmt.Errorf("field %d in a tile", field)
		}
		name := ""
		var found []uint64
		err := fields(b, func(field, wire int, _ uint64, b []byte) error {
			switch {
			case field == 1 && wire == 2:
				name = string(b)
			case field == 2 && wire == 2:
				id := uint64(0)
				if err := fields(b, func(field, wire int, n uint64, _ []byte) error {
					if field == 1 && wire == 0 {
						id = n
					}
					return nil
				}); err != nil {
					return err
				}
				found = append(found, id)
			}
			return nil
		})
		if name == layer {
			ids = append(ids, found...)
		}
		return err
	})
	return ids, err
}
